"""Trigger 2 by quality: better answers, so many that they pay the tuning back (R35)."""

from __future__ import annotations

from functools import partial

from rungwise.cost.total import Plan, affordable, payback
from rungwise.evaluation.standing import rows_needed
from rungwise.evaluation.wording import usd
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Numbers
from rungwise.triggers.trigger import Standing, Trigger, call_of, misses, tuned_or_like_it

TRIGGER = partial(Trigger, "volume", "R35")
POINT, ANSWERS = 0.01, 1000
"""`need.value_per_point` is what so much more of the metric is worth over so many answers."""


def weigh(context: GateContext, best: Evidence) -> Trigger:
    """Hold the worth of the least gain that would count as a success against what tuning costs.

    What tuning gains is known after it. So the gain is not foretold: it is the least that the gate
    `improvement_meaningful` lets pass (R66, C1), and no more than what is missing to the target. If
    so little pays, every success does; if not, nothing but hope speaks for tuning.
    """
    need, policy = context.task.need, context.task.policy
    worth, calls = need.value_per_point, need.calls_per_month or 0
    if worth is None:
        reason = "what better answers are worth is not stated (`need.value_per_point`)"
        return TRIGGER("unknown", reason)
    gain = least_gain(context, best)
    plan = Plan.of(context.task.cost, context.costs.tuning_usd, calls)
    before, after = _calls(context, best)
    # A call that is worth more than before saves what it is worth more.
    better = worth * gain / POINT / ANSWERS
    months = payback(plan, before + better, after)
    numbers: Numbers = {
        "calls_per_month": calls, "value_per_point": worth, "least_gain": gain,
        "worth_usd": better * calls, "once_usd": plan.once_usd, "monthly_usd": plan.monthly_usd,
        "payback_months": months, "threshold": policy.payback_months,
    }  # fmt: skip
    told = (
        f"the least gain that counts as a success is {gain / POINT:.1f} points of "
        f"{best.goal.metric} over {best.rung}, worth {usd(better * calls)} a month at {calls:,} "
        f"calls, and tuning costs {usd(plan.once_usd)} once"
    )
    if months is None:
        return TRIGGER("fails", f"{told}: it is never paid back", numbers)
    if not plan.people_stated:
        left = affordable(plan, before + better, after, policy.payback_months)
        if left is None:
            told = f"{told}: not paid back in {policy.payback_months:g} months"
            return TRIGGER("fails", told, numbers)
        told = f"{told} beside the work of people: paid back if that costs at most {usd(left)}"
        return TRIGGER("unknown", f"{told}; state it as `cost.people`", numbers)
    told = f"{told}: paid back in {months:,.1f} months, where {policy.payback_months:g} are asked"
    standing: Standing = "holds" if months <= policy.payback_months else "fails"
    if standing == "holds" and not misses(context, best):
        needed = {"rows_to_settle": rows_needed(best.goal, context.task.task.target)}
        told = f"{told}, but {best.rung} may reach the target"
        return TRIGGER("open", told, {**numbers, **needed})
    return TRIGGER(standing, told, numbers)


def least_gain(context: GateContext, best: Evidence) -> float:
    """The least gain of the metric that R66 counts as a success, within the gap to the target.

    A relative gain of `policy.improvement`, or as large a reduction of the error, whichever is less
    (C1); 0 if the best answers are worth nothing yet, because then the base is what to change.
    """
    value, policy = best.goal.value, context.task.policy
    bound = context.bounds[1] if context.greater else context.bounds[0]
    sizes = [abs(value)] if bound is None else [abs(value), abs(bound - value)]
    if not context.greater:  # its error is what it has
        sizes = sizes[:1]
    return min(abs(context.task.task.target - value), policy.improvement * min(sizes))


def _calls(context: GateContext, best: Evidence) -> tuple[float, float]:
    """What a call costs before and after, US dollars; equal if either is not known.

    A tuned model is asked without examples, so it costs no more than what it replaces.
    """
    before, after = call_of(context, best).usd, call_of(context, tuned_or_like_it(context)[0]).usd
    return (0.0, 0.0) if before is None or after is None else (before, after)
