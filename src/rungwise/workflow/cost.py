"""`cost`: what a call of each rung costs, what tuning took, and when it is paid back (R37, R79)."""

from __future__ import annotations

from dataclasses import dataclass

from rungwise.cost.total import COMPUTE_USD, PEOPLE_USD, Plan, payback
from rungwise.evaluation.own_code import CodeError
from rungwise.evaluation.paired import Comparison
from rungwise.evaluation.standing import baseline, best
from rungwise.money import CallCost
from rungwise.records import Evidence, Numbers
from rungwise.workflow.compare import compare
from rungwise.workflow.priced import priced
from rungwise.workflow.workspace import Workspace

STATED = ("people", "data", "deployment", "monitoring", "refresh")
"""Parts of the whole that only people can say (R79)."""


@dataclass(frozen=True, slots=True)
class RungCost:
    """The best attempt of a rung; `per_month` at the stated calls, None where one is not known."""

    rung: str
    attempt: str
    value: float
    metric: str
    rows: int
    call: CallCost
    per_month: float | None
    footprint: Numbers | None


@dataclass(frozen=True, slots=True)
class CostView:
    """What `rungwise cost` shows; US dollars.

    Attributes:
        rungs: From the cheapest rung on.
        tuning_usd: Machine time of everything that trained, until now.
        measuring_usd: Of everything that trains nothing.
        once_usd: People, data and tuning.
        monthly_usd: Deployment, monitoring and refresh.
        calls_per_month: As stated, or None.
        baseline: The best rung that trains nothing, or "".
        tuned: The best rung that trains, or "".
        gain: How much better the tuned one is, on the same rows; None without both.
        payback_months: Until the calls have saved what was paid once; None where they never do.
        unstated: Keys of `cost:` that nobody stated: they count as 0 in sums.
        reference: What others pay, people and compute (R80).
        assumptions: Inferred defaults.
    """

    rungs: tuple[RungCost, ...]
    tuning_usd: float
    measuring_usd: float
    once_usd: float
    monthly_usd: float
    calls_per_month: int | None
    baseline: str
    tuned: str
    gain: Comparison | None
    payback_months: float | None
    unstated: tuple[str, ...]
    reference: Numbers
    assumptions: tuple[str, ...]


def cost(workspace: Workspace) -> CostView:
    """What the attempts on record cost, by the prices and the need that the task states."""
    found, calls = priced(workspace), workspace.task.need.calls_per_month
    plan = Plan.of(workspace.task.cost, found.tuning_usd, calls)
    attempts, greater = workspace.attempts, workspace.metric.greater
    untuned = baseline(attempts, greater)
    tuned = best((one for one in attempts if one.trains), greater)
    before = found.calls[untuned.id].usd if untuned else None
    after = found.calls[tuned.id].usd if tuned else None
    gain: Comparison | None = None
    unmeasured: tuple[str, ...] = ()
    if untuned is not None and tuned is not None:
        gain, unmeasured = _gain(workspace, untuned.id, tuned.id)
    return CostView(
        rungs=tuple(
            _of_rung(one, found.calls[one.id], calls, attempts)
            for one in _best_of_each(attempts, greater)
        ),
        tuning_usd=found.tuning_usd,
        measuring_usd=found.measuring_usd,
        once_usd=plan.once_usd,
        monthly_usd=plan.monthly_usd,
        calls_per_month=calls,
        baseline=untuned.rung if untuned else "",
        tuned=tuned.rung if tuned else "",
        gain=gain,
        payback_months=(
            payback(plan, before, after)
            if before is not None and after is not None and plan.people_stated
            else None
        ),
        unstated=tuple(key for key in STATED if getattr(workspace.task.cost, key) is None),
        reference={"people_usd": list(PEOPLE_USD), "compute_usd": list(COMPUTE_USD)},
        assumptions=(*found.assumptions, *unmeasured),
    )


def _gain(
    workspace: Workspace, untuned: str, tuned: str
) -> tuple[Comparison | None, tuple[str, ...]]:
    """What tuning has gained, or why this verb cannot say it."""
    try:
        return compare(workspace, untuned, tuned), ()
    except CodeError as error:
        return None, (f"The gain is not computed here: {error.fact}; see `rungwise compare`.",)


def _best_of_each(attempts: tuple[Evidence, ...], greater: bool) -> list[Evidence]:
    rungs = sorted({(one.height, one.rung) for one in attempts})
    found = [best((a for a in attempts if a.rung == name), greater) for _, name in rungs]
    return [one for one in found if one is not None]


def _of_rung(
    evidence: Evidence, call: CallCost, calls: int | None, attempts: tuple[Evidence, ...]
) -> RungCost:
    measured = [one.details["footprint"] for one in attempts
                if one.rung == evidence.rung and "footprint" in one.details]  # fmt: skip
    known = call.usd is not None and calls is not None
    return RungCost(
        rung=evidence.rung,
        attempt=evidence.id,
        value=evidence.goal.value,
        metric=evidence.goal.metric,
        rows=evidence.goal.rows,
        call=call,
        per_month=(call.usd or 0.0) * (calls or 0) if known else None,
        footprint=measured[0] if measured else None,
    )
