"""Both curves still improve: go on, or unfreeze more (R57)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import curves
from rungwise.evaluation.standing import reaches
from rungwise.evaluation.way import at_bound
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class Improving:
    """Holds where the last epoch gained more than `policy.plateau`."""

    requirement: ClassVar[str] = "R57"
    title: ClassVar[str] = "Still improving"
    rank: ClassVar[int] = 70

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Compare the last epoch with the best before it."""
        curve = curves.of(context)
        if curve is None or curve.shape != "improving":
            return None
        last = context.attempt.curve[-1].number
        return Finding(
            code="improving",
            severity="info",
            title=(
                f"Still improving after {curve.epochs} epochs: validation loss "
                f"{curve.validation_first:.3f} → {curve.validation_last:.3f}, training loss "
                f"{curve.train_first:.3f} → {curve.train_last:.3f}"
            ),
            advice=_advice(context, waiting=curve.peak is not None and curve.peak < last),
            requirement=self.requirement,
            numbers=curve.numbers(),
        )


def _advice(context: DiagnosisContext, *, waiting: bool) -> str:
    if at_bound(context.attempt.goal, context):
        return "Stop here: the metric has nothing left to gain on these rows."
    if reaches(context.attempt.goal.value, context.target, context.greater):
        return "The target is met, so you may stop here; more epochs could still gain."
    if waiting:
        return (
            "The loss still falls, but the metric was better before: raise training.patience and "
            "training.epochs to see whether it follows, or unfreeze more layers."
        )
    return "Go on: raise training.epochs, or unfreeze more layers."
