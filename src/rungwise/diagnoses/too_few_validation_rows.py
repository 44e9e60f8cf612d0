"""The interval does not settle whether the target is met (R9, ruling C3)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import figures
from rungwise.evaluation.standing import rows_needed, straddles
from rungwise.evaluation.wording import measured, settling
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


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
        needed = rows_needed(goal, context.target)
        asked = figures.goal(context.target, goal.metric)
        return Finding(
            code="too_few_validation_rows",
            severity="warn",
            title=f"{measured(goal)} straddles the target {asked}",
            advice=f"{settling(needed)} A named person can accept the risk instead.",
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
