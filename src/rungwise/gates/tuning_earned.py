"""Tuning is earned: every cheaper rung was measured and fell short, and there is a reason."""

from __future__ import annotations

from functools import partial
from typing import Any

from rungwise.evaluation.attempt_names import named
from rungwise.evaluation.base_fit import is_far
from rungwise.evaluation.labels_as_texts import LABELS, advice, labels_as_texts
from rungwise.evaluation.standing import best, sufficient
from rungwise.evaluation.wording import counted, measured, standing, wanted
from rungwise.plugins import kind_of
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Verdict, to_json
from rungwise.rules import rules_of

VERDICT = partial(Verdict, "tuning_earned", "R4")


class TuningEarned:
    """Holds until every cheaper rung fell short, and when one reaches the target (R4, R43).

    A rung reaches it with its whole interval: see `suffices`. Where text
    is generated, or a need was stated, one of the four reasons to tune must hold too (R34–R37).
    """

    requirement = "R4"
    title = "Tuning is earned"
    before = ("tune", "full")

    def judge(self, context: GateContext) -> Verdict:
        """Hold with the one to stop at, or with the rungs still owed."""
        target = context.task.task.target
        asked = wanted(target, context.greater, context.task.task.metric)
        numbers: dict[str, Any] = {"target": target, "rungs": _by_rung(context)}
        if labels := _labels(context):
            numbers[LABELS] = labels
        rules, rows = rules_of(context.split), context.split.rows if context.split else None
        chosen = sufficient(context.attempts, target, context.greater, rules, rows)
        reached = (
            f"{named(chosen)} reaches the target with {measured(chosen.goal)}" if chosen else ""
        )
        if chosen is not None and not context.comparison:
            numbers["stop_at"] = chosen.id
            return VERDICT("hold", f"{reached}, where {asked} is asked: stop there.", numbers)
        if (first := _first(context, numbers)) is not None:
            return first
        if chosen is not None:
            return VERDICT("pass", f"{reached}; this goes on only to compare.", numbers)
        if not context.attempts:
            return VERDICT("hold", "0 cheaper rungs were measured.", numbers)
        told = ", ".join(standing(one) for one in _best_of_each(context))
        reason = f"No cheaper rung settles it that {asked} is reached: {told}."
        if not kind_of(context.task).writes and not context.task.need.stated:
            return VERDICT("pass", reason, numbers)
        from rungwise.triggers.every import weighed

        ruling, because, triggers = weighed(context)
        return VERDICT(ruling, f"{reason} {because}", {**numbers, **triggers})


def _first(context: GateContext, numbers: dict[str, Any]) -> Verdict | None:
    """What comes before any tuning, whatever there is to say for it; else None."""
    if (labels := numbers.get(LABELS)) and not context.comparison:
        return VERDICT("hold", advice(**labels), numbers)
    if context.probe is not None and is_far(context):
        reason = f"{context.probe.reason} Another base comes before tuning this one."
        return VERDICT("hold", reason, numbers | {"probe": to_json(context.probe)})
    if owed := _owed(context):
        reason = (
            f"{counted(len(owed), 'cheaper rung')} without a measurement: {', '.join(owed)}. "
            "`rungwise climb` tries what is cheaper first."
        )
        return VERDICT("hold", reason, numbers | {"owed": owed})
    return None


def _labels(context: GateContext) -> dict[str, int]:
    """How many labels in how many rows, if a language model would learn to write labels."""
    if not kind_of(context.task).writes or context.train is None or context.split is None:
        return {}
    rows = context.train()  # the measured ones may be too few to show that answers come again
    count = labels_as_texts(context.task, rows["input"], rows["expected"])
    return {"labels": count, "rows": len(rows)} if count else {}


def _owed(context: GateContext) -> list[str]:
    """Cheaper rungs without an attempt, the reference for all tuning among them (R42)."""
    owed = [*context.untried]
    reference = kind_of(context.task).reference
    tried = {one.rung for one in context.attempts}
    if reference and reference not in {*tried, *owed}:
        owed.append(reference)
    return owed


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
