"""Neither training nor validation improves: the base may be a poor fit (R59)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import curves
from rungwise.evaluation.standing import reaches
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class PoorFit:
    """Holds where a curve never moved, or where frozen features reach too little.

    A head on frozen features has no curve; there the base is a poor fit when even the good
    end of the interval covers less than `policy.poor_fit` of the way from the most frequent
    class to the target.
    """

    requirement: ClassVar[str] = "R59"
    title: ClassVar[str] = "Poor fit of the base"
    rank: ClassVar[int] = 55

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Look at the curve, or where there is none at the way covered."""
        if reaches(context.attempt.goal.value, context.target, context.greater):
            return None
        curve = curves.of(context)
        if curve is None:
            return self._from_the_level(context)
        if curve.shape != "flat":
            return None
        return self._finding(
            f"Nothing was learnt in {curve.epochs} epochs: training loss "
            f"{curve.train_first:.3f} → {curve.train_last:.3f}, validation loss "
            f"{curve.validation_first:.3f} → {curve.validation_last:.3f}",
            curve.numbers(),
        )

    def _from_the_level(self, context: DiagnosisContext) -> Finding | None:
        goal = context.attempt.goal
        starts = [a.goal.value for a in context.attempts if a.rung == "majority"]
        if not context.attempt.trains or not starts:
            return None
        start = starts[-1]
        if reaches(start, context.target, context.greater):
            return None
        hopeful = goal.high if context.greater else goal.low
        covered = ((goal.value if hopeful is None else hopeful) - start) / (context.target - start)
        if covered >= context.policy.poor_fit:
            return None
        return self._finding(
            f"{goal.metric} {goal.value:.4f} covers at most {max(covered, 0):.0%} of the way from "
            f"the most frequent class ({start:.4f}) to the target ({context.target:g})",
            {"value": goal.value, "start": start, "target": context.target, "covered": covered},
        )

    def _finding(self, title: str, numbers: dict[str, object]) -> Finding:
        return Finding(
            code="poor_fit",
            severity="warn",
            title=title,
            advice=(
                "Go back to the choice of base: one whose pretraining data resembles yours (R23). "
                "If a small learning rate is the cause, a larger one will show it at once."
            ),
            requirement=self.requirement,
            numbers=numbers,
        )
