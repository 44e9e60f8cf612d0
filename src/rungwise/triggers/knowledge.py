"""Trigger 3: knowledge too sensitive or too structural for a prompt or for retrieval (R36, R39)."""

from __future__ import annotations

from functools import partial

from rungwise.evaluation import retrieval_recall
from rungwise.evaluation.proportions import rows_of_share
from rungwise.evaluation.retrieval_recall import RECALL
from rungwise.evaluation.standing import best as best_of
from rungwise.evaluation.wording import measured
from rungwise.need import Need
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Numbers
from rungwise.triggers.trigger import Trigger, is_stated, misses

TRIGGER = partial(Trigger, "knowledge", "R36")
OFTEN = frozenset({"monthly", "weekly", "daily"})
RETRIEVAL = "rag"
"""The rung that looks facts up, and leaves `details["retrieval"]["recall@5"]`."""
IMPROVE = "improve"
"""Among the numbers, if retrieval has to find more before anything is tuned."""


def is_knowledge_needed(context: GateContext) -> bool:
    """Whether the owner says that knowledge is what is wrong, or that it changes often."""
    need: Need = context.task.need
    return is_stated(context, "knowledge") or need.knowledge_changes in OFTEN


def weigh(context: GateContext, best: Evidence) -> Trigger:
    """Ask whether retrieval finds what is needed and the answers are wrong all the same."""
    need = context.task.need
    looked_up = best_of((one for one in context.attempts if one.rung == RETRIEVAL), context.greater)
    if looked_up is not None:
        return _of_retrieval(context, looked_up)
    stated = is_stated(context, "knowledge") and not need.private
    if stated and context.task.data.documents is None:
        reason = (
            "retrieval misses what would help, as `data.documents` names nothing to look it up in: "
            "facts are looked up before they are trained"
        )
        return TRIGGER("fails", reason, {"retrieval": 0, IMPROVE: "R39", "ideas": []})
    if need.knowledge_changes in OFTEN:
        reason = (
            f"what must be known changes {need.knowledge_changes}: weights would be out of date, "
            "so retrieval comes first, and 0 attempts of it are on record"
        )
        return TRIGGER("fails", reason, {"retrieval": 0})
    if need.private:
        return _of_what_is_private(context, best)
    return TRIGGER("unknown", "0 attempts with retrieval are on record")


def _of_what_is_private(context: GateContext, best: Evidence) -> Trigger:
    changes = context.task.need.knowledge_changes
    if changes is None:
        reason = "it is private, but `need.knowledge_changes` is not stated"
        return TRIGGER("unknown", reason, {"private": True})
    if misses(context, best):
        reason = (
            "what must be known may not be in a prompt, as `need.private` states, changes "
            f"{changes}, and without it {best.rung} has {measured(best.goal)}"
        )
        return TRIGGER("holds", reason, {"private": True})
    reason = f"{best.rung} may reach the target without what is private"
    return TRIGGER("fails", reason, {"private": True})


def _of_retrieval(context: GateContext, found: Evidence) -> Trigger:
    policy = context.task.policy
    told_apart = retrieval_recall.of(one for one in context.attempts if one.rung == RETRIEVAL)
    if told_apart is None:
        reason = f"{found.rung} left no {RECALL}, so whether it finds what it should is not known"
        return TRIGGER("unknown", reason)
    recall, low, high, rows = (told_apart[RECALL][key] for key in ("value", "low", "high", "rows"))
    numbers = {
        "recall": recall, "low": low, "high": high, "threshold": policy.retrieval_recall,
        "rows": rows, "value": found.goal.value,
    }  # fmt: skip
    told = f"retrieval has {RECALL} {recall:.2f} [{low:.2f}, {high:.2f}]"
    if high < policy.retrieval_recall:
        ideas: list[Numbers] = list(told_apart.get("ideas", ()))
        reason = f"{retrieval_recall.misses(told_apart)}: improve it first"
        if ideas:
            reason += f". What was tried besides: {_listed(ideas)}"
        return TRIGGER("fails", reason, numbers | {IMPROVE: "R39", "ideas": ideas})
    if not misses(context, found):
        reason = f"{told} and {found.rung} may reach the target: {measured(found.goal)}"
        return TRIGGER("fails", reason, numbers)
    if low >= policy.retrieval_recall:
        reason = f"{told}, yet the answers are wrong: {measured(found.goal)}"
        return TRIGGER("holds", reason, numbers)
    needed = rows_of_share(recall, policy.retrieval_recall, policy.confidence)
    reason = f"{told}; whether that is {policy.retrieval_recall:g} is open"
    return TRIGGER("open", reason, numbers | {"rows_to_settle": needed})


def _listed(ideas: list[Numbers]) -> str:
    return "; ".join(retrieval_recall.named(one) for one in ideas)
