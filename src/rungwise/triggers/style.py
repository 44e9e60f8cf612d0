"""Trigger 1: style, format or structure is wrong, not knowledge, and no prompt mends it (R34)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial

from rungwise.data.languages import languages
from rungwise.evaluation.failure_kinds import Kind, kind, mistakes
from rungwise.evaluation.proportions import rows_of_share, wilson
from rungwise.evaluation.standing import rows_needed
from rungwise.evaluation.text_failures import Known, cut
from rungwise.evaluation.wording import counted, measured
from rungwise.percent import estimate, percent
from rungwise.protocols import GateContext
from rungwise.records import Evidence
from rungwise.triggers.trigger import Standing, Trigger, misses

TRIGGER = partial(Trigger, "style", "R34")


def weigh(context: GateContext, best: Evidence) -> Trigger:
    """Count which mistakes of the best untrained rung are of form or structure (R34, R39).

    It holds where the whole interval of their share lies above `policy.style_share`, and the best
    of all prompts and examples that were tried still misses the target with its whole interval.
    """
    if context.task.task.kind != "generate":
        return TRIGGER("unknown", "a label has no style")
    if context.predictions is None or context.expected is None:
        return TRIGGER("unknown", "no answers are on record")
    unasked, rows = best.details.get("unasked", 0), best.details.get("rows", 0)
    if 2 * unasked > rows:
        told = f"{unasked:,} of {rows:,} prompts of {best.rung} left no room for an answer"
        return TRIGGER("unknown", told, {"unasked": unasked})
    answers = context.predictions(best.id)
    # The input would tell mistakes of content apart, and which these are weighs nothing here.
    known = Known(cut=cut(answers), languages=languages)
    found = mistakes(context.expected(), answers, known)
    every, policy = sum(found.values()), context.task.policy
    if not every:
        return TRIGGER("fails", f"{best.rung} makes 0 mistakes", {"failures": 0})
    counts = Counter[Kind]()
    for name, count in found.items():
        counts[kind(name)] += count
    mended = counts["form"] + counts["structure"]
    low, high = wilson(mended, every, policy.confidence)
    tried = [one for one in context.attempts if not one.trains]
    numbers = {
        "failures": every, "of_form": counts["form"], "of_structure": counts["structure"],
        "share": mended / every, "low": low, "high": high, "threshold": policy.style_share,
        "tried": len(tried), "mistakes": found,
    }  # fmt: skip
    told = (
        f"{mended} of {counted(every, 'failure')} of {best.rung} "
        f"({estimate(mended / every, low, high)}) are of form ({counts['form']}) or structure "
        f"({counts['structure']}){_most(found)}"
    )
    standing: Standing = "open"
    if high < policy.style_share:
        standing, told = "fails", f"{told}, the others of content, or no rule names them"
    elif low >= policy.style_share and misses(context, best):
        standing = "holds"
        told = (
            f"{told}, and the best of {counted(len(tried), 'attempt')} without training still has "
            f"{measured(best.goal)}"
        )
    elif low >= policy.style_share:
        told = f"{told}, but the interval of {best.rung} holds the target"
        numbers["rows_to_settle"] = rows_needed(best.goal, context.task.task.target)
    else:
        told = f"{told}; whether that is {percent(policy.style_share)} is open"
        needed = rows_of_share(mended / every, policy.style_share, policy.confidence)
        rows = None if needed is None else round(needed * best.goal.rows / every)
        numbers["rows_to_settle"] = rows
    return TRIGGER(standing, told, numbers)


def _most(found: Mapping[str, int]) -> str:
    name = next((name for name in found if kind(name) != "content"), None)
    return "" if name is None else f", most often “{name}”"
