"""All four reasons to tune, weighed together."""

from __future__ import annotations

from rungwise.evaluation.wording import settling
from rungwise.protocols import GateContext
from rungwise.records import Numbers, Ruling
from rungwise.triggers import knowledge, speed, style, volume
from rungwise.triggers.knowledge import IMPROVE, is_knowledge_needed
from rungwise.triggers.resources import resources
from rungwise.triggers.trigger import Trigger, is_stated, reference

RANK = ("holds", "open", "fails", "unknown")


def weigh(context: GateContext) -> tuple[Trigger, ...]:
    """Each trigger, those that evidence establishes first; among equals those that were stated."""
    best = reference(context)
    if best is None:
        return ()
    found = [one.weigh(context, best) for one in (style, volume, knowledge, speed)]
    return tuple(
        sorted(found, key=lambda one: (RANK.index(one.standing), not is_stated(context, one.name)))
    )


def weighed(context: GateContext) -> tuple[Ruling, str, Numbers]:
    """Whether any of the four holds: the ruling, one or two sentences, and the numbers.

    A reason that was stated and has no evidence holds the climb, unless another one has evidence;
    that one counts although nobody stated it, and it is said. What nobody stated and the rows do
    not settle does not stand in for a stated reason. If knowledge is what is wrong, retrieval that
    misses it is improved before anything is tuned (R39), unless a second stated reason holds; if
    documents are named and nobody says so, unless any reason holds.
    """
    found = weigh(context)
    numbers = {
        one.name: {"standing": one.standing, "stated": is_stated(context, one.name), **one.numbers}
        for one in found
    }
    need = {"triggers": numbers, "need": context.task.need.model_dump(mode="json")}
    stated = [one for one in found if is_stated(context, one.name)]
    holding = [one for one in found if one.standing == "holds"]
    missing = _missing(context, found)
    heavier = stated if is_knowledge_needed(context) else found
    if missing is not None and not any(one.standing == "holds" for one in heavier):
        return "hold", f"Tuning is not earned: {missing.reason}.", need
    if holding:
        told = "; ".join(_told(context, one) for one in holding)
        there, counts = resources(context)
        return "pass", f"Tuning is earned by {told}. {there}", {**need, "resources": counts}
    undecided = [one for one in stated or found if one.standing == "open"]
    if undecided:
        told = "; ".join(_told(context, one) for one in undecided)
        needed = [rows for one in undecided if (rows := one.numbers["rows_to_settle"])]
        rows = min(needed, default=None)
        reason = f"Whether tuning is earned is open: {told}. {settling(rows)}"
        return "inconclusive", reason, need | {"rows_to_settle": rows}
    others = [one for one in found if one not in stated]
    told = "; ".join(_told(context, one) for one in (*stated, *others))
    return (
        "hold",
        f"Not one of the four reasons to tune holds: {told}.{_instead(found)}"
        f"{_asked(context, found)}",
        need,
    )


def _instead(found: tuple[Trigger, ...]) -> str:
    """What would help, if what is said is wrong."""
    return style.CHANGE_BASE if any(one.numbers.get(style.WRONG) for one in found) else ""


def _missing(context: GateContext, found: tuple[Trigger, ...]) -> Trigger | None:
    """The trigger of knowledge, if it is to be looked up and retrieval does not find it."""
    if not is_knowledge_needed(context) and context.task.data.documents is None:
        return None
    return next((one for one in found if one.numbers.get(IMPROVE)), None)


def _told(context: GateContext, trigger: Trigger) -> str:
    stated = is_stated(context, trigger.name)
    aside = " (which nobody stated)" if trigger.standing == "holds" and not stated else ""
    aside = " (as stated)" if stated else aside
    return f"{trigger.name}{aside}: {trigger.reason}"


def _asked(context: GateContext, found: tuple[Trigger, ...]) -> str:
    """What to state, where more could be weighed if somebody did."""
    if context.task.need.stated and not any(one.standing == "unknown" for one in found):
        return ""
    return (
        " What only you can know is stated under `need:` in rungwise.yaml, such as `need: {wrong: "
        "[style, volume], calls_per_month: 40000, knowledge_changes: never}`."
    )
