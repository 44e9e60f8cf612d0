"""The test part is opened only when validation has said all that it can."""

from __future__ import annotations

from functools import partial
from typing import Any

from rungwise.evaluation.attempt_names import named
from rungwise.evaluation.standing import (
    at_recall,
    best,
    by_precision,
    clears,
    flawless,
    precise,
    precision_of,
    reaches,
    rows_needed,
    straddles,
)
from rungwise.evaluation.wording import measured, settling, wanted
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Verdict
from rungwise.rules import rules_of

VERDICT = partial(Verdict, "validation_settled", "R68")


class ValidationSettled:
    """Holds until validation has said all that it can, by more than a constant answer (R43, R68).

    Whether the target is reached may stay open where no rung is left, or no time for one (C8):
    that is inconclusive, and for the go decision (C9).
    """

    requirement = "R68"
    title = "Validation has settled"
    before = ("test",)

    def judge(self, context: GateContext) -> Verdict:
        """Pass when the whole interval meets the target, and hold while a rung could settle it."""
        chosen, target = context.selected, context.task.task.target
        if chosen is None:
            return VERDICT("hold", _none_selected(context))
        asked = wanted(target, context.greater, context.task.task.metric)
        trivial = _trivial_success(context)
        if trivial is not None:
            reason = (
                f"{trivial.rung} gives every row the same answer and still has "
                f"{measured(trivial.goal, target)}, where {asked} is asked: this metric cannot "
                "tell a model from no model. Choose another, such as macro_f1 or "
                "balanced_accuracy, or a target that no constant answer meets, under `task:` in "
                "rungwise.yaml."
            )
            return VERDICT("hold", reason, {"target": target, "trivial": trivial.goal.value})
        numbers = {
            "value": chosen.goal.value, "low": chosen.goal.low, "high": chosen.goal.high,
            "target": target, "rows": chosen.goal.rows, "remaining": list(context.remaining),
        }  # fmt: skip
        if rules_of(context.split) < 2:
            return _by_the_value(chosen, asked, numbers, context)
        by = _at_recall if at_recall(chosen) else _by_the_interval
        return by(chosen, asked, numbers, context)


def _by_the_interval(
    chosen: Evidence, asked: str, numbers: dict[str, Any], context: GateContext
) -> Verdict:
    target = context.task.task.target
    told = f"{named(chosen)} has {measured(chosen.goal, target)}; {asked} is asked"
    if clears(chosen.goal, target, context.greater):
        bare = ": met by the value, which has no interval" if chosen.goal.low is None else ""
        return VERDICT("pass", f"{told}{bare}.", numbers)
    if not straddles(chosen.goal, target) or chosen.goal.low is None:
        return VERDICT("hold", _below(chosen, asked, context), numbers)
    return _open(f"{told}, and the interval holds the target", chosen, numbers, context)


def _at_recall(
    chosen: Evidence, wished: str, numbers: dict[str, Any], context: GateContext
) -> Verdict:
    """By recall and precision together; without a word on precision, when no rung is left."""
    target, found = context.task.task.target, precision_of(chosen)
    asked = context.task.task.precision
    told = f"{named(chosen)} has {measured(chosen.goal, target)}; {wished} is asked"
    if found is not None:
        numbers |= {"precision": found.value, "precision_asked": asked}
        told = f"{told}, with {measured(found)}"
        told += "" if asked is None else f", where {wanted(asked, True, found.metric)} is asked"
    if asked is None and context.remaining:
        rungs = ", ".join(context.remaining)
        return VERDICT("hold", f"{told}. Recall alone ends no climb; rungs left: {rungs}.", numbers)
    if clears(chosen.goal, target, context.greater) and precise(chosen):
        return VERDICT("pass", f"{told}.", numbers)
    high = chosen.goal.high
    if high is not None and not reaches(high, target, context.greater):
        return VERDICT("hold", f"{told}: the recall is missed.", numbers)
    if asked is not None and (found is None or found.high is None or found.high < asked):
        return VERDICT("hold", f"{told}: the precision is missed.", numbers)
    return _open(f"{told}, and an interval holds what is asked", chosen, numbers, context)


def _none_selected(context: GateContext) -> str:
    first = best(context.attempts, context.greater)
    if first is None:
        return "Nothing was measured yet: `rungwise climb` comes first."
    return (
        f"No attempt is selected, as nothing is right yet: the best, {named(first)}, has "
        f"{measured(first.goal)}."
    )


def _open(told: str, chosen: Evidence, numbers: dict[str, Any], context: GateContext) -> Verdict:
    """What it is while the rows do not settle it: a hold as long as a rung is left (C8)."""
    target = context.task.task.target
    needed = rows_needed(chosen.goal, target)
    numbers |= {"rows_to_settle": needed}
    if context.remaining and not flawless(chosen, context.greater, context.attempts):
        rungs = ", ".join(context.remaining)
        reason = f"{told}; rungs left to climb: {rungs}. `rungwise run` tries them."
        return VERDICT("hold", reason, numbers)
    more = settling(needed, missed=not reaches(chosen.goal.value, target, context.greater))
    return VERDICT("inconclusive", f"{told}: these rows do not settle it. {more}", numbers)


def _by_the_value(
    chosen: Evidence, asked: str, numbers: dict[str, Any], context: GateContext
) -> Verdict:
    """As projects decide that were split under the first rules (`rungwise.rules`)."""
    target = context.task.task.target
    if not reaches(chosen.goal.value, target, context.greater):
        return VERDICT("hold", _below(chosen, asked, context), numbers)
    met = f"{named(chosen)} has {measured(chosen.goal, target)}; {asked} is asked"
    if not straddles(chosen.goal, target):
        return VERDICT("pass", f"{met}.", numbers)
    if chosen.goal.low is None:
        return VERDICT("pass", f"{met}: met by the value, which has no interval.", numbers)
    needed = rows_needed(chosen.goal, target)
    reason = f"{met}: met by the value, though the interval holds the target. {settling(needed)}"
    return VERDICT("pass", reason, numbers | {"rows_to_settle": needed})


def _trivial_success(context: GateContext) -> Evidence | None:
    """An attempt that meets the target with one and the same answer to every row."""
    if context.predictions is None:
        return None
    for one in context.attempts:
        met = reaches(one.goal.value, context.task.task.target, context.greater)
        met = met and (not at_recall(one) or (precise(one) and not by_precision(one)))
        if met and context.predictions(one.id).outputs.n_unique() == 1:
            return one
    return None


def _below(chosen: Evidence, asked: str, context: GateContext) -> str:
    told = f"The best, {named(chosen)}, has {measured(chosen.goal, context.task.task.target)}"
    told += f", where {asked} is asked"
    if context.remaining:
        return f"{told}; rungs left to climb: {', '.join(context.remaining)}. `rungwise climb`."
    return (
        f"{told}, and no rung is left. The choices: more data, another base model, a lower target "
        "on record, or a named override of this gate."
    )
