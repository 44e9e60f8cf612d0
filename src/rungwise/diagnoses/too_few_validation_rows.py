"""The interval does not settle whether the target is met (R9, ruling C3)."""

from __future__ import annotations

import math
from typing import ClassVar

from rungwise.evaluation.standing import straddles
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding, Measurement


class TooFewValidationRows:
    """Holds where the target lies inside the interval of the goal's metric."""

    requirement: ClassVar[str] = "R9"
    title: ClassVar[str] = "Too few validation rows"
    rank: ClassVar[int] = 78

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Look for the target inside the interval, and say how many rows would settle it."""
        goal = context.attempt.goal
        if goal.low is None or goal.high is None or not straddles(goal, context.target):
            return None
        needed = _rows_to_settle(goal, context.target)
        return Finding(
            code="too_few_validation_rows",
            severity="warn",
            title=(
                f"{goal.rows:,} {goal.on} rows do not settle it: {goal.metric} {goal.value:.3f} "
                f"[{goal.low:.3f}, {goal.high:.3f}] straddles the target {context.target:g}"
            ),
            advice=(
                "The value lies on the target: no number of rows will tell them apart."
                if needed is None
                else f"About {needed:,} rows would settle it at this value; or let a named person "
                "accept the risk."
            ),
            requirement=self.requirement,
            numbers={
                "rows": goal.rows,
                "rows_to_settle": needed,
                "low": goal.low,
                "value": goal.value,
                "high": goal.high,
                "target": context.target,
            },
        )


def _rows_to_settle(goal: Measurement, target: float) -> int | None:
    """Rows at which the interval, narrowing with their square root, would leave the target out."""
    assert goal.low is not None and goal.high is not None, "read() has looked"
    distance = goal.value - target
    arm = goal.value - goal.low if distance > 0 else goal.high - goal.value
    needed = goal.rows * (arm / distance) ** 2 if distance else math.inf
    return math.ceil(needed) if needed < 1e9 else None
