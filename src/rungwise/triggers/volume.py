"""Trigger 2: so many calls that a cheaper answer pays the tuning back (R35)."""

from __future__ import annotations

from functools import partial

from rungwise.cost.total import Plan, payback
from rungwise.evaluation.wording import counted
from rungwise.protocols import GateContext
from rungwise.records import Evidence
from rungwise.triggers.trigger import Trigger, call_of, tuned_or_like_it

TRIGGER = partial(Trigger, "volume", "R35")


def weigh(context: GateContext, best: Evidence) -> Trigger:
    """Hold the saving of a month against what tuning costs once."""
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
    told = (
        f"{calls:,} calls a month at {before.usd:.6f} USD ({best.rung}) and {after.usd:.6f} "
        f"USD ({called.strip(',')}) save {(before.usd - after.usd) * calls:,.2f} USD a month, and "
        f"tuning costs {plan.once_usd:,.0f} USD once{plan.told}"
    )
    if months is None:
        return TRIGGER("fails", f"{told}: it is never paid back", numbers)
    holds = months <= policy.payback_months
    told = f"{told}: paid back in {months:,.1f} months, where {policy.payback_months:g} are asked"
    return TRIGGER("holds" if holds else "fails", told, numbers)
