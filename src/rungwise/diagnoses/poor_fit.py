"""Neither training nor validation improves: the base may be a poor fit (R59)."""

from __future__ import annotations

from typing import Any, ClassVar

from rungwise.evaluation import curves, figures
from rungwise.evaluation.standing import LINEAR
from rungwise.evaluation.way import at_bound, covered, falls_short
from rungwise.evaluation.wording import measured
from rungwise.percent import percent
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class PoorFit:
    """Holds where an attempt covers little of the way, and its curve, if any, never moved.

    Little is less than `policy.poor_fit` of the way from the most frequent class to the
    target, even by the good end of the interval. A curve that did not move from a good start
    is no poor fit: it has `converged`.
    """

    requirement: ClassVar[str] = "R59"
    title: ClassVar[str] = "Poor fit of the base"
    rank: ClassVar[int] = 55

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Look at the curve and at the way covered."""
        if context.attempt.rung == LINEAR:
            return None  # there is no base that could fit poorly
        if at_bound(context.attempt.goal, context):
            return None
        curve, short = curves.of(context), falls_short(context)
        if curve is None:
            return self._from_the_level(context) if short and context.attempt.trains else None
        if curve.shape != "flat" or short is False:
            return None
        return self._finding(
            f"Nothing was learnt in {curve.epochs} epochs: training loss "
            f"{curve.train_first:.3f} → {curve.train_last:.3f}, validation loss "
            f"{curve.validation_first:.3f} → {curve.validation_last:.3f}",
            curve.numbers(),
        )

    def _from_the_level(self, context: DiagnosisContext) -> Finding:
        goal, part = context.attempt.goal, max(covered(context) or 0.0, 0.0)
        return self._finding(
            f"{measured(goal)} covers at most {percent(part)} of the way from the most "
            f"frequent class to the target {figures.goal(context.target, goal.metric)}",
            {"value": goal.value, "target": context.target, "covered": part},
        )

    def _finding(self, title: str, numbers: dict[str, Any]) -> Finding:
        return Finding(
            code="poor_fit",
            severity="warn",
            title=title,
            advice=(
                "Go back to the choice of base: one whose pretraining data resembles yours. "
                "If a small learning rate is the cause, a larger one will show it at once."
            ),
            requirement=self.requirement,
            numbers=numbers,
        )
