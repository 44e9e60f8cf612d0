"""What tuning brought and what it cost, in sentences for the report (R50, R52, R55, R62, R65)."""

from __future__ import annotations

from collections.abc import Sequence

from rungwise.evaluation import figures
from rungwise.evaluation.attempt_names import named
from rungwise.evaluation.wording import per_million, usd
from rungwise.ledger.state import State
from rungwise.money import Costs
from rungwise.percent import estimate, percent
from rungwise.records import Evidence, Numbers


def worth(
    state: State,
    attempts: Sequence[Evidence],
    baseline: Evidence | None,
    selected: Evidence | None,
    costs: Costs,
) -> list[str]:
    """The gain over the baseline, the price of a call and of tuning, and what adapters save.

    Args:
        state: What is in force; the paired gain is the gate's.
        attempts: Those measured with the goal's metric.
        baseline: The best that trains nothing.
        selected: The attempt that would be tested.
        costs: Of all attempts.
    """
    if selected is None or not costs.calls:
        return []
    told = []
    if selected.trains and baseline is not None:
        told += _gain(state, baseline, selected)
    shown = [selected] if baseline in (None, selected) else [selected, baseline]
    told += [_call(one, costs) for one in shown if one is not None and one.id in costs.calls]
    if any(one.trains for one in attempts):
        told.append(
            f"Everything that was trained took {usd(costs.tuning_usd)} of machine time, "
            f"everything that trains nothing {usd(costs.measuring_usd)}."
        )
    told += [_preferred(one) for one in attempts if "preference" in one.details]
    measured = [one.details["footprint"] for one in attempts if "footprint" in one.details]
    return [*told, *([_footprint(measured[0])] if measured else []), *costs.assumptions]


def _gain(state: State, baseline: Evidence, selected: Evidence) -> list[str]:
    verdict = state.verdicts.get("improvement_meaningful")
    numbers = verdict.numbers if verdict is not None else {}
    if "difference" not in numbers:
        return []
    ends = numbers["low"], numbers["high"]
    metric = selected.goal.metric
    gain = figures.difference(numbers["difference"], ends, metric, numbers["rows"])
    return [
        f"{named(selected)} is better than {named(baseline)} by {gain} "
        f"on the same {numbers['rows']:,} rows."
    ]


def _call(attempt: Evidence, costs: Costs) -> str:
    call = costs.calls[attempt.id]
    if call.usd is None:
        return f"What a call of {named(attempt)} costs is not known: {call.basis}."
    return f"{named(attempt)} costs {per_million(call.usd)}: {call.basis}."


def _preferred(attempt: Evidence) -> str:
    """How often the answer that people chose is the one that the model would rather give (R55)."""
    found = attempt.details["preference"]
    tuned, before = found["tuned"], found["reference"]
    return (
        f"By implicit reward {attempt.rung} ({attempt.id}) prefers the chosen answer in "
        f"{estimate(tuned['value'], tuned['low'], tuned['high'])} of {found['pairs']:,} "
        f"validation pairs; by probability the model before it did in "
        f"{estimate(before['value'], before['low'], before['high'])}."
    )


def _footprint(found: Numbers) -> str:
    return (
        f"A step on this model took {found['full_mb']:,.0f} MiB and {found['full_seconds']:.2f} s "
        f"in full, {found['peft_mb']:,.0f} MiB and {found['peft_seconds']:.2f} s with adapters: "
        f"{percent(found['saved'])} of the memory is saved."
    )
