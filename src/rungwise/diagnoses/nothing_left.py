"""The metric is at its bound: no attempt can gain what these rows could show (R60)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation.way import at_bound
from rungwise.evaluation.wording import measured, standing
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class NothingLeft:
    """Holds for a trained attempt at most `policy.too_good`, or one row, away from the bound."""

    requirement: ClassVar[str] = "R60"
    title: ClassVar[str] = "Nothing left to gain"
    rank: ClassVar[int] = 45

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Look at the attempt's value; name the cheapest attempt that is as far."""
        attempt = context.attempt
        if not attempt.trains or not at_bound(attempt.goal, context):
            return None
        others = [
            one
            for one in context.attempts
            if one.trains and one.height < attempt.height and at_bound(one.goal, context)
        ]
        cheaper = min(others, key=lambda one: one.height, default=None)
        beside = f", and {standing(cheaper)} is as far" if cheaper else ""
        return Finding(
            code="nothing_left",
            severity="info",
            title=f"Nothing is left to gain on these rows: {measured(attempt.goal)}{beside}",
            advice=(
                f"Stay with {cheaper.rung if cheaper else attempt.rung}: a further rung or another "
                "base could gain nothing that these rows would show. Only harder or more rows can."
            ),
            requirement=self.requirement,
            numbers={
                "value": attempt.goal.value,
                "bound": context.bounds[1] if context.greater else context.bounds[0],
                "rows": attempt.goal.rows,
            },
        )
