"""What more training rows bring: one approach on half of them and on all, paired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rungwise.evaluation import figures
from rungwise.percent import percent
from rungwise.records import Evidence, from_json

KEY = "learning_curve"
"""Among the details of a refitted attempt."""


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Two points of a learning curve, and where the refitted model stands on it.

    Attributes:
        metric: The goal's metric.
        half, full: Training rows of the two models that are compared.
        before, after: What they reach, on the same rows.
        difference, low, high: What the second half brought, with its interval; positive is better.
        rows: Rows that both were measured on.
        on: What these rows are.
        refitted: Training rows of the refitted model.
    """

    metric: str
    half: int
    full: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    rows: int
    on: Literal["validation", "folds"]
    refitted: int

    @staticmethod
    def of(attempt: Evidence) -> LearningCurve | None:
        """What was kept with a refitted attempt; None with any other."""
        found = attempt.details.get(KEY)
        return None if found is None else from_json(LearningCurve, found)

    def sentence(self) -> str:
        """Such as `from 240 to 480 training rows the accuracy rose from 71.2 % to 74.0 % (…)`."""
        before, after = (
            figures.figure(value, self.metric, self.rows) for value in (self.before, self.after)
        )
        ends = (self.low, self.high)
        gained = figures.difference(self.difference, ends, self.metric, self.rows)
        more = self.refitted / self.full - 1
        settled = self.low > 0 or self.high < 0
        doubt = "" if settled else "; the interval holds zero, so more rows may bring nothing"
        what = "rows answered out of fold" if self.on == "folds" else "validation rows"
        return (
            f"from {self.half:,} to {self.full:,} training rows {self.metric} went from {before} "
            f"to {after} ({gained}, on {self.rows:,} {what}{doubt}). What is tested has learnt "
            f"from {self.refitted:,} rows, {percent(more)} more"
        )
