"""Trigger 4: answers take too long or cost too much, and a tuned model's would not (R37)."""

from __future__ import annotations

from functools import partial

from rungwise.evaluation.wording import usd
from rungwise.protocols import GateContext
from rungwise.records import Evidence
from rungwise.triggers.trigger import Standing, Trigger, call_of, tuned_or_like_it

TRIGGER = partial(Trigger, "speed", "R37")
ORDER: tuple[Standing, ...] = ("holds", "open", "fails", "unknown")


def weigh(context: GateContext, best: Evidence) -> Trigger:
    """Hold what was measured against the stated budgets; one that is broken is enough."""
    said = [
        part(context, best)
        for part, stated in (
            (_latency, context.task.need.latency_ms), (_cost, context.task.need.cost_per_call),
        )
        if stated is not None
    ]  # fmt: skip
    if not said:
        reason = "neither `need.latency_ms` nor `need.cost_per_call` is stated"
        return TRIGGER("unknown", reason)
    return min(said, key=lambda one: ORDER.index(one.standing))


def _latency(context: GateContext, best: Evidence) -> Trigger:
    """By the median of calls made alone; its interval is from the fastest to the slowest.

    Of six calls that interval holds the true median 97 times of 100, whatever the distribution.
    """
    budget = context.task.need.latency_ms or 0.0
    cheaper, called = tuned_or_like_it(context)
    before, after = call_of(context, best).latency, call_of(context, cheaper).latency
    if before is None:
        reason = f"how long an answer of {best.rung} takes alone was not measured"
        return TRIGGER("unknown", reason)
    numbers = {
        "latency_ms": before.median, "low": before.low, "high": before.high,
        "calls": before.calls, "threshold": budget,
        "after_ms": after.median if after else None,
    }  # fmt: skip
    told = (
        f"an answer of {best.rung} takes {before.median:,.0f} ms [{before.low:,.0f}, "
        f"{before.high:,.0f}] in {before.calls} calls, where {budget:,.0f} are allowed"
    )
    if before.high <= budget:
        return TRIGGER("fails", told, numbers)
    if before.low <= budget:
        needed = {"rows_to_settle": None}
        return TRIGGER("open", f"{told}, which does not settle it", numbers | needed)
    if after is None:
        return TRIGGER("unknown", f"{told}; how fast {called} is is open", numbers)
    told = f"{told}, and {called} takes {after.median:,.0f}"
    return TRIGGER("holds" if after.median <= budget else "fails", told, numbers)


def _cost(context: GateContext, best: Evidence) -> Trigger:
    budget = context.task.need.cost_per_call or 0.0
    cheaper, called = tuned_or_like_it(context)
    before, after = call_of(context, best), call_of(context, cheaper)
    if before.usd is None:
        reason = f"what a call of {best.rung} costs is not known: {before.basis}"
        return TRIGGER("unknown", reason)
    numbers = {"before_usd": before.usd, "after_usd": after.usd, "threshold": budget}
    told = (
        f"a million calls of {best.rung} cost {usd(before.usd * 1e6)} ({before.basis}), where "
        f"{usd(budget * 1e6)} are allowed"
    )
    if before.usd <= budget:
        return TRIGGER("fails", told, numbers)
    if after.usd is None:
        return TRIGGER("unknown", f"{told}; what {called} costs is open", numbers)
    told = f"{told}, and of {called} {usd(after.usd * 1e6)}"
    return TRIGGER("holds" if after.usd <= budget else "fails", told, numbers)
