"""Trigger 2: so many calls that a cheaper or a better answer pays the tuning back (R35)."""

from __future__ import annotations

from functools import partial

from rungwise.cost.total import PEOPLE_USD, Plan, affordable, payback
from rungwise.evaluation.wording import counted, per_million, usd
from rungwise.protocols import GateContext
from rungwise.records import Evidence
from rungwise.triggers import quality
from rungwise.triggers.trigger import Standing, Trigger, call_of, tuned_or_like_it

RANK: tuple[Standing, ...] = ("holds", "open", "fails", "unknown")
TRIGGER = partial(Trigger, "volume", "R35")


def weigh(context: GateContext, best: Evidence) -> Trigger:
    """Hold the saving of a month, and what better answers are worth, against what tuning costs."""
    need, policy = context.task.need, context.task.policy
    calls = need.calls_per_month
    if calls is None:
        reason = "`need.calls_per_month` is not stated"
        return TRIGGER("unknown", reason)
    if calls < policy.calls_per_month:
        reason = (
            f"{counted(calls, 'call')} a month are few: below {policy.calls_per_month:,} the "
            "return rarely closes"
        )
        return TRIGGER("fails", reason, {"calls_per_month": calls})
    ways = [_saving(context, best, calls), quality.weigh(context, best)]
    strongest = min(ways, key=lambda one: RANK.index(one.standing))
    if strongest.standing in ("holds", "open"):
        return strongest
    told = "; ".join(one.reason for one in ways)
    return Trigger(
        "volume", "R35", strongest.standing, told, {**ways[1].numbers, **ways[0].numbers}
    )


def _saving(context: GateContext, best: Evidence, calls: int) -> Trigger:
    policy = context.task.policy
    cheaper, called = tuned_or_like_it(context)
    before, after = call_of(context, best), call_of(context, cheaper)
    if before.usd is None or after.usd is None:
        what, why = (best.rung, before.basis) if before.usd is None else (called, after.basis)
        return TRIGGER("unknown", f"what a call of {what} costs is not known: {why}")
    plan = Plan.of(context.task.cost, context.costs.tuning_usd, calls)
    months = payback(plan, before.usd, after.usd)
    numbers = {
        "calls_per_month": calls, "before_usd": before.usd, "after_usd": after.usd,
        "once_usd": plan.once_usd, "monthly_usd": plan.monthly_usd, "payback_months": months,
        "threshold": policy.payback_months,
    }  # fmt: skip
    limit = policy.payback_months
    told = (
        f"{calls:,} calls a month at {per_million(before.usd)} ({best.rung}) and "
        f"{per_million(after.usd)} ({called.strip(',')}) save "
        f"{usd((before.usd - after.usd) * calls)} a month, and tuning costs {usd(plan.once_usd)} "
        f"once{'' if plan.people_stated else ' beside the work of people'}"
    )
    if months is None:
        return TRIGGER("fails", f"{told}: it is never paid back", numbers)
    if not plan.people_stated:
        return _without_people(told, affordable(plan, before.usd, after.usd, limit), limit, numbers)
    holds = months <= policy.payback_months
    told = f"{told}: paid back in {months:,.1f} months, where {policy.payback_months:g} are asked"
    return TRIGGER("holds" if holds else "fails", told, numbers)


def _without_people(
    told: str, left: float | None, months: float, numbers: dict[str, float | None]
) -> Trigger:
    """What the work of people may cost, where nobody said what it does: nothing is invented."""
    if left is None:
        return TRIGGER("fails", f"{told}: not paid back in {months:g} months", numbers)
    low, high = PEOPLE_USD
    reason = (
        f"{told}: paid back in {months:g} months if people cost at most {usd(left)}. State it as "
        f"`cost.people`; {low:,} to {high:,} USD are usual"
    )
    return TRIGGER("unknown", reason, numbers)
