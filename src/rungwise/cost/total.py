"""What tuning costs in all, and how soon cheaper answers pay it back (R79, R80)."""

from __future__ import annotations

from dataclasses import dataclass

from rungwise.need import Cost

PEOPLE_USD = (5_000, 25_000)
"""Professional time that a tuning project takes, as a reference (R80)."""
COMPUTE_USD = (50, 500)
"""Compute that tuning a model of 7 to 13 billion parameters takes, as a reference (R80)."""


CENT = 0.01
"""A month that saves less saves nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is paid once, and what every month costs beside the calls; US dollars.

    Attributes:
        calls_per_month: How often it is asked; None where nobody said.
        people_usd: As stated; 0 if nobody stated it.
        data_usd, compute_usd: As stated, and as measured until now.
        monthly_usd: Deployment, monitoring and refresh.
        people_stated: Whether somebody said what the work of people costs, 0 included.
    """

    calls_per_month: int | None
    people_usd: float
    data_usd: float
    compute_usd: float
    monthly_usd: float
    people_stated: bool

    @classmethod
    def of(cls, cost: Cost, compute_usd: float, calls_per_month: int | None) -> Plan:
        """From what was stated, and what tuning took until now."""
        monthly = (cost.deployment, cost.monitoring, cost.refresh)
        return cls(
            calls_per_month=calls_per_month,
            people_usd=cost.people or 0.0,
            data_usd=cost.data or 0.0,
            compute_usd=compute_usd,
            monthly_usd=sum(one or 0.0 for one in monthly),
            people_stated=cost.people is not None,
        )

    @property
    def once_usd(self) -> float:
        """People, data and compute."""
        return self.people_usd + self.data_usd + self.compute_usd


def payback(plan: Plan, before_usd: float, after_usd: float) -> float | None:
    """Months until the calls of the plan have saved what was paid once; None for never.

    Args:
        plan: With the calls a month.
        before_usd: A call of what is used without tuning.
        after_usd: A call of the tuned model.
    """
    saved = (before_usd - after_usd) * (plan.calls_per_month or 0) - plan.monthly_usd
    return plan.once_usd / saved if saved > CENT else None


def affordable(plan: Plan, before_usd: float, after_usd: float, months: float) -> float | None:
    """What people may cost so that the rest is paid back within `months`; None for nothing."""
    saved = (before_usd - after_usd) * (plan.calls_per_month or 0) - plan.monthly_usd
    left = saved * months - (plan.data_usd + plan.compute_usd)
    return left if saved > CENT and left > 0 else None
