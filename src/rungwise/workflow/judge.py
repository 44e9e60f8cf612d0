"""Asking the gates: before a step, and after every verb so that the record is complete."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rungwise import plugins
from rungwise.decisions.go_no_go import accept
from rungwise.decisions.holding import EXPORT, place, stops
from rungwise.decisions.overrides import apply
from rungwise.decisions.settling import USED_UP
from rungwise.errors import GateHolds, TaskError
from rungwise.evaluation.own_code import CodeError
from rungwise.evaluation.standing import COPIES
from rungwise.protocols import Compared, Gate, GateContext, Step
from rungwise.records import Override, Verdict, to_json
from rungwise.rules import rules_of
from rungwise.table import Predictions
from rungwise.workflow.far_base import probe_of
from rungwise.workflow.priced import priced
from rungwise.workflow.rung_context import inapplicable, ladder, rung_context
from rungwise.workflow.signature import signed
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

ATTEMPT_STEPS: frozenset[Step] = frozenset({"test", "ship"})
"""A gate that stands before one of these speaks about the selected attempt, else the data."""
STOPPING = frozenset({"hold", "inconclusive"})
OVERRIDING = {"split": "run", "audit": "run", "tune": "climb", "full": "climb"}
"""Step → a verb that comes to it and takes `--override`, if the step's own does not."""


def record_context(workspace: Workspace) -> GateContext:
    """What the record alone says, without opening predictions or code of the task."""
    state = workspace.state
    return GateContext(
        task=workspace.task,
        greater=workspace.greater,
        bounds=workspace.bounds,
        split=state.split,
        audited=state.audits,
        findings=state.findings,
        attempts=workspace.attempts,
        selected=workspace.selected,
        remaining=remaining(workspace),
        diagnoses=state.diagnoses,
        test=state.test,
        releases=state.releases,
        probe=probe_of(workspace),
        late=tuple(name for name, why in state.skipped.items() if why.startswith(USED_UP)),
    )


def gate_context(
    workspace: Workspace,
    export: Compared | None = None,
    *,
    comparison: bool = False,
    step: Step | None = None,
) -> GateContext:
    """Everything that a gate may read."""
    state, metric = workspace.state, workspace.metric
    attempts = {attempt.id: attempt for attempt in workspace.attempts}

    def predictions(attempt: str) -> Predictions:
        return workspace.predictions(attempts[attempt].predictions)

    def expected() -> pl.Series:
        return workspace.measured()["expected"]

    return replace(
        record_context(workspace),
        greater=metric.greater,
        bounds=(metric.low, metric.high),
        unsealings=state.looks,
        overrides=state.overrides,
        goes=state.goes,
        predictions=predictions,
        expected=expected,
        rows=workspace.measured,
        train=lambda: workspace.part("train"),
        export=export,
        comparison=comparison,
        target_when_seen=state.target_when_seen,
        untried=untried(workspace),
        step=step,
        costs=priced(workspace),
        metric=metric,
    )


GOAL = "goal_measurable"
"""The gate before the split: an override of it is about the task, whatever its data."""
EARNED = "tuning_earned"
"""The gate that `climb` asks before a rung that tunes; its verdict changes with `need`."""


def remaining(workspace: Workspace) -> tuple[str, ...]:
    """Rungs that serve this task and were neither tried nor skipped.

    What was skipped because tuning was not earned remains once it is, as after another need.
    """
    skipped, earned = workspace.state.skipped, workspace.state.verdicts.get(EARNED)
    if earned is not None and earned.verdict != "hold":
        skipped = {name: why for name, why in skipped.items() if f"Gate {EARNED}:" not in why}
    seen = {attempt.rung for attempt in workspace.attempts} | set(skipped)
    return tuple(
        name
        for name, rung in ladder(workspace)
        if name not in seen and not inapplicable(workspace, name, rung)
    )


def untried(workspace: Workspace) -> tuple[str, ...]:
    """Rungs below the first that tunes which could be tried here and were not (R4, R29).

    What copies is owed to no project in which a model was asked before there were such rungs.
    """
    tried = {attempt.rung for attempt in workspace.attempts}
    free = COPIES if tried - COPIES else frozenset()
    owed = [
        (name, rung)
        for name, rung in ladder(workspace)
        if rung.step == "climb"
        and name not in tried | free
        and not inapplicable(workspace, name, rung)
    ]
    if not owed or workspace.state.split is None:
        return tuple(name for name, _ in owed)
    context = rung_context(workspace)
    return tuple(name for name, rung in owed if rung.excuse(context) is None)


def judge(
    workspace: Workspace,
    step: Step | None = None,
    *,
    export: Compared | None = None,
    comparison: bool = False,
) -> list[Verdict]:
    """Judge the gates before `step` (or all), apply overrides, record what has changed."""
    context = gate_context(workspace, export, comparison=comparison, step=step)
    gates: dict[str, Gate] = plugins.load_all("gates")
    verdicts = []
    for name, gate in gates.items():
        if step is not None and step not in gate.before:
            continue
        if name == EXPORT and export is None and _shipped(workspace):
            continue
        about = subject(workspace, gate)
        try:
            found = gate.judge(context)
        except CodeError as unmeasured:  # this verb does not run the metric's code
            if workspace.measures:
                raise
            verdicts.append(_as_before(workspace, name, gate, unmeasured))
            continue
        verdict = apply(found, context.overrides, about)
        verdict = accept(verdict, context.goes, context.test, context.task.task.target)
        verdicts.append(verdict)
        if to_json(workspace.state.verdicts.get(name)) != to_json(verdict):
            payload = {
                "data": context.split.id if context.split else "",
                "step": step or gate.before[0],
                "subject": about,
                "verdict": to_json(verdict),
            }
            workspace.record("verdict", payload)
    return verdicts


def _as_before(workspace: Workspace, name: str, gate: Gate, why: CodeError) -> Verdict:
    """What a gate said when it was last measured; a hold if that never was."""
    known = workspace.state.verdicts.get(name)
    return known or Verdict(name, gate.requirement, "hold", why.fact, {})


def _shipped(workspace: Workspace) -> bool:
    """Whether the selected attempt is released, and so its export was compared."""
    chosen = workspace.selected
    return chosen is not None and any(one.attempt == chosen.id for one in workspace.state.releases)


def judge_all(workspace: Workspace) -> list[Verdict]:
    """Judge every gate, so that the record shows where the task stands."""
    return judge(workspace)


def require(
    workspace: Workspace,
    step: Step,
    *,
    export: Compared | None = None,
    skip: tuple[str, ...] = (),
) -> None:
    """Let the step begin only when no gate before it holds; `skip` names those judged later.

    Raises:
        GateHolds: One does; the message carries its reason and how a named override works.
    """
    verdicts = judge(workspace, step, export=export)
    stopping = stops(step, rules_of(workspace.state.split))
    held = [v for v in verdicts if v.verdict in stopping and v.code not in skip]
    held.sort(key=lambda verdict: place(verdict.code))
    if held:
        raise GateHolds(refusal(held[0], step), way_on(workspace, held[0], step))


def refusal(verdict: Verdict, step: str) -> str:
    """One sentence: which gate stands before the step, and why."""
    word = "holds" if verdict.verdict == "hold" else "is inconclusive before"
    return f"Gate {verdict.code} {word} {step}: {verdict.reason}"


def way_on(workspace: Workspace, verdict: Verdict, step: str) -> str:
    """How a named person may let it pass, on record for ever (R4, C7)."""
    gate: Gate = plugins.load("gates", verdict.code)
    if "--override" in verdict.reason or _undecided(workspace, gate, verdict):
        return "`rungwise status` shows every gate."
    verb = OVERRIDING.get(step, step)
    return (
        f"A named override goes on record: `rungwise {verb} --override {verdict.code}"
        ' --by NAME --role ROLE --reason "…"`.'
    )


def subject(workspace: Workspace, gate: Gate) -> str:
    """What a gate's verdict is about, and so what an override of it covers."""
    if ATTEMPT_STEPS & set(gate.before):
        return workspace.selected.id if workspace.selected else ""
    return workspace.state.split.id if workspace.state.split else ""


def _undecided(workspace: Workspace, gate: Gate, verdict: Verdict) -> TaskError | None:
    """What the gate judges does not exist yet, so nobody can answer for it; else None."""
    name = verdict.code
    if not subject(workspace, gate) and name != GOAL:
        if workspace.state.split is None:
            return TaskError(
                f"Nothing is split yet, so nobody can answer for gate {name}",
                "Run `rungwise split` first.",
            )
        return TaskError(
            f"No attempt is selected yet, so nobody can answer for gate {name}",
            "Run `rungwise climb` first.",
        )
    if gate.before == ("ship",) and not verdict.numbers:
        return TaskError(
            f"Gate {name} has nothing to judge yet, so nobody can answer for it: {verdict.reason}",
            "Override it when its verdict is known.",
        )
    return None


def _refuse_what_does_not_hold(workspace: Workspace, name: str) -> None:
    """An override answers for a verdict that was read: none is saved up for a later one (R70)."""
    gate: Gate = plugins.load("gates", name)
    known = workspace.state.verdicts.get(name)
    found = known if name == EXPORT else None
    try:
        verdict = found or gate.judge(gate_context(workspace))
    except CodeError:  # what it said when it was measured is what was read
        if known is None:
            raise
        verdict = known
    if verdict.verdict not in STOPPING:
        raise TaskError(
            f"Gate {name} does not hold, so there is nothing to override: {verdict.reason}",
            "Run the command; where a gate holds, it says which.",
        )
    if undecided := _undecided(workspace, gate, verdict):
        raise undecided


def override(workspace: Workspace, name: str, *, by: str, role: str, reason: str) -> None:
    """Record that a named person lets a gate pass (R4).

    Raises:
        TaskError: The gate is unknown; the name, the role or the reason is missing; or there
            is nothing yet that the gate could hold.
    """
    if name not in plugins.names("gates"):
        raise TaskError(
            f"There is no gate {name!r}", f"Known: {', '.join(plugins.names('gates'))}."
        )
    signed(f"The override of {name}", by, role, reason)
    about = subject(workspace, plugins.load("gates", name))
    _refuse_what_does_not_hold(workspace, name)
    time = datetime.now(UTC).isoformat(timespec="seconds")
    workspace.record("override", to_json(Override(name, by, role, reason, time, about)))
