"""Two runs with different learning rates ran the same: the setting never took effect (R48)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rungwise.protocols import DiagnosisContext
from rungwise.records import Evidence, Finding

SAME = 0.01
"""Part of the larger rate: rates that were asked for differ by more, rates in use by less."""


class LearningRateIgnored:
    """Holds where another attempt of the rung was asked for another rate, and used this one's.

    What was used is the rate that the optimiser reported in every epoch.
    """

    requirement: ClassVar[str] = "R48"
    title: ClassVar[str] = "Learning rate ignored"
    rank: ClassVar[int] = 20

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Look for a twin among the attempts of the rung."""
        asked, used = _asked(context.attempt), _used(context.attempt)
        for other in context.attempts:
            others = _asked(other)
            if other.rung != context.attempt.rung or asked is None or others is None:
                continue
            if not _same([asked], [others]) and _same(used, _used(other)):
                return Finding(
                    code="learning_rate_ignored",
                    severity="warn",
                    title=(
                        f"Learning rates {asked:g} and {others:g} were asked for, but both "
                        f"attempts ran their first epoch at {used[0]:.3g}"
                    ),
                    advice=(
                        "Find out why the setting does not reach the optimiser; until then the "
                        "two attempts count as one experiment."
                    ),
                    requirement=self.requirement,
                    numbers={
                        "asked": asked,
                        "other_asked": others,
                        "used": used[0],
                        "other": other.id,
                    },
                )
        return None


def _asked(attempt: Evidence) -> float | None:
    rate = attempt.configuration.get("learning_rate")
    return float(rate) if isinstance(rate, int | float) else None


def _used(attempt: Evidence) -> list[float]:
    logged = [epoch.learning_rate for epoch in attempt.curve]
    return [rate for rate in logged if rate is not None]


def _same(some: Sequence[float], others: Sequence[float]) -> bool:
    """Whether two schedules agree throughout; most end near zero, so not epoch by epoch."""
    if not some or len(some) != len(others):
        return False
    near = SAME * max(*some, *others)
    return all(abs(one - other) <= near for one, other in zip(some, others, strict=True))
