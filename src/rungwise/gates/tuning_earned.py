"""Tuning is earned: every cheaper rung was measured and fell short."""

from __future__ import annotations

from functools import partial

from rungwise.evaluation.standing import best, selected, suffices
from rungwise.evaluation.wording import measured, standing, wanted
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Verdict

VERDICT = partial(Verdict, "tuning_earned", "R4")
REFERENCE = {"classify": "frozen"}
"""Kind of task → the rung that must be on record as the reference for all that is tuned (R42)."""


class TuningEarned:
    """Holds until every cheaper rung fell short, and when one reaches the target (R4, R43)."""

    requirement = "R4"
    title = "Tuning is earned"
    before = ("tune", "full")

    def judge(self, context: GateContext) -> Verdict:
        """Hold with the rungs still owed, or with the one to stop at."""
        target = context.task.task.target
        tried = {one.rung for one in context.attempts}
        reference = REFERENCE.get(context.task.task.kind)
        owed = [*context.untried]
        if reference is not None and reference not in {*tried, *owed}:
            owed.append(reference)
        if owed:
            reason = (
                f"{len(owed)} cheaper rungs were not measured: {', '.join(owed)}. "
                "`rungwise climb` tries them first (R29, R41)."
            )
            return VERDICT("hold", reason, {"target": target, "owed": owed})
        chosen = selected(context.attempts, target, context.greater)
        numbers = {"target": target, "rungs": _by_rung(context)}
        if chosen is not None and suffices(chosen, target, context.greater):
            return _enough(chosen, context, numbers)
        reason = (
            f"Every cheaper rung falls short of {wanted(target, context.greater)}: "
            f"{', '.join(standing(one) for one in _best_of_each(context))}."
        )
        return VERDICT("pass", reason, numbers)


def _enough(chosen: Evidence, context: GateContext, numbers: dict[str, object]) -> Verdict:
    found = f"{chosen.rung} reaches the target with {measured(chosen.goal)}"
    if context.comparison:
        return VERDICT("pass", f"{found}; this goes on only to compare (R43).", numbers)
    return VERDICT("hold", f"{found}: stop there (R43).", numbers | {"stop_at": chosen.id})


def _best_of_each(context: GateContext) -> list[Evidence]:
    """The best attempt of every rung, cheapest rung first."""
    rungs = sorted({(one.height, one.rung) for one in context.attempts})
    found = [
        best((one for one in context.attempts if one.rung == name), context.greater)
        for _, name in rungs
    ]
    return [one for one in found if one is not None]


def _by_rung(context: GateContext) -> dict[str, float]:
    return {one.rung: one.goal.value for one in _best_of_each(context)}
