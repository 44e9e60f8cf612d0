"""Trigger 1: style, format or structure is wrong, not knowledge, and no prompt mends it (R34)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from rungwise import plugins
from rungwise.data.languages import languages
from rungwise.evaluation.failure_kinds import Failures, failures
from rungwise.evaluation.proportions import rows_of_share, wilson
from rungwise.evaluation.standing import rows_needed
from rungwise.evaluation.text_failures import Known, cut
from rungwise.evaluation.text_mistakes import kind_of
from rungwise.evaluation.wording import counted, measured
from rungwise.percent import estimate, percent
from rungwise.protocols import GateContext
from rungwise.records import Evidence
from rungwise.rules import OWN_ROOM, rules_of
from rungwise.triggers.trigger import Standing, Trigger, misses

if TYPE_CHECKING:
    import polars as pl

TRIGGER = partial(Trigger, "style", "R34")
WRONG = "says_something_wrong"
"""Among its numbers: whether that is so of most failures, by the whole interval of their share."""
MOST = 0.5
CHANGE_BASE = (
    " Most failures say something wrong. Training how answers are written does not mend what they "
    "say: change the base, or give it what it lacks."
)


def weigh(context: GateContext, best: Evidence) -> Trigger:
    """Count which failures of the best untrained rung are of form or structure alone (R34, R39).

    A failure counts if what it says is right, and only how it is said, or in which fields, is not.
    The trigger holds if the whole interval of their share lies above `policy.style_share`, and the
    best of all prompts and examples that were tried still misses the target with its whole
    interval. What an answer that was cut at the longest answer would have said is not known: it
    counts against the share at its lower end, and for it at its upper end.
    """
    if reason := _unreadable(context, best):
        return TRIGGER("unknown", reason)
    assert context.predictions is not None and context.expected is not None, "they can be read"
    answers = context.predictions(best.id)
    known = Known(inputs=_inputs(context), cut=cut(answers), languages=languages)
    found = failures(context.expected(), answers, known)
    if rules_of(context.split) < OWN_ROOM:  # answers had room for the expected ones alone
        found = replace(found, form=found.form + found.cut, cut=0)
    if not found.count:
        return TRIGGER("fails", f"{best.rung} makes 0 mistakes", {"failures": 0})
    return _judged(context, best, found)


def _unreadable(context: GateContext, best: Evidence) -> str:
    """Why the answers tell nothing of style; "" if they do."""
    if not plugins.kind_of(context.task).writes:
        return "a label has no style"
    if context.predictions is None or context.expected is None:
        return "no answers are on record"
    unasked, rows = best.details.get("unasked", 0), best.details.get("rows", 0)
    if 2 * unasked > rows:
        return f"{unasked:,} of {rows:,} prompts of {best.rung} left no room for an answer"
    return ""


def _judged(context: GateContext, best: Evidence, found: Failures) -> Trigger:
    policy, share = context.task.policy, found.form_alone / found.count
    low, high = wilson(found.form_alone, found.count, policy.confidence)
    most = wilson(found.form_alone + found.cut, found.count, policy.confidence)[1]
    numbers = _numbers(context, found)
    numbers |= {"low": low, "high": high, "threshold": policy.style_share}
    told = _told(found, best, estimate(share, low, high))
    standing: Standing = "open"
    if most < policy.style_share:
        standing = "fails"
    elif low >= policy.style_share and misses(context, best):
        tried = counted(numbers["tried"], "attempt")
        told = f"{told}, and the best of {tried} without training still has {measured(best.goal)}"
        standing = "holds"
    elif low >= policy.style_share:
        numbers["rows_to_settle"] = rows_needed(best.goal, context.task.task.target)
        told = f"{told}, but the interval of {best.rung} holds the target"
    elif high < policy.style_share:
        told = f"{told}; what those say decides it: give more room (`generation.max_tokens`)"
        standing = "unknown"
    else:
        needed = rows_of_share(share, policy.style_share, policy.confidence)
        rows = None if needed is None else round(needed * best.goal.rows / found.count)
        numbers["rows_to_settle"] = rows
        told = f"{told}; whether that is {percent(policy.style_share)} is open"
    return TRIGGER(standing, told, numbers)


def _inputs(context: GateContext) -> pl.Series | None:
    rows = context.rows() if context.rows is not None else None
    return rows["input"] if rows is not None and "input" in rows.columns else None


def _numbers(context: GateContext, found: Failures) -> dict[str, Any]:
    return {
        "failures": found.count, "of_form": found.form, "of_structure": found.structure,
        "of_content": found.content, "cut": found.cut, "share": found.form_alone / found.count,
        WRONG: wilson(found.content, found.count, context.task.policy.confidence)[0] > MOST,
        "tried": sum(not one.trains for one in context.attempts), "mistakes": found.names,
    }  # fmt: skip


def _told(found: Failures, best: Evidence, share: str) -> str:
    """The counts as a clause, with the most frequent fault of each kind."""
    told = (
        f"{found.form_alone} of {counted(found.count, 'failure')} of {best.rung} ({share}) are of "
        f"form ({found.form}) or structure ({found.structure}) alone"
    )
    kinds = {"form", "structure"}
    if found.form_alone and (name := _most(found, kinds)):
        told += f", most often “{name}”"
    if found.content:
        told += f"; {found.content} say something wrong, most often “{_most(found, {'content'})}”"
    if found.cut:
        told += f"; {found.cut} were cut before they said it"
    return told


def _most(found: Failures, kinds: set[str]) -> str:
    return next((name for name in found.names if kind_of(name) in kinds), "")
