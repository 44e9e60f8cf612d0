"""Validation loss rises while the answers still get better: too sure, not yet wrong (R58).

A loss punishes a wrong answer by how sure it was; a metric of decisions only counts it. Guo et
al. 2017 (arXiv:1706.04599) show networks driving the one up and the other down together.
"""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import curves, figures
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class Overconfident:
    """Holds where the loss turned as in `overfitting`, but the goal's metric went on rising."""

    requirement: ClassVar[str] = "R58"
    title: ClassVar[str] = "Overconfident"
    rank: ClassVar[int] = 65

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Compare loss and metric at the end with the epoch of the lowest loss."""
        curve = curves.of(context)
        if curve is None or curve.shape != "overconfident":
            return None
        return Finding(
            code="overconfident",
            severity="info",
            title=(
                f"Overconfident since epoch {curve.best} of {curve.epochs}: validation loss "
                f"{curve.validation_best:.3f} → {curve.validation_last:.3f}, yet "
                f"{_change(curve, context)}"
            ),
            advice=(
                "Choose the epoch by the metric, not by the loss. Do not read its probabilities "
                "as they are: look at the calibration error, and calibrate on validation first."
            ),
            requirement=self.requirement,
            numbers=curve.numbers(),
        )


def _change(curve: curves.Reading, context: DiagnosisContext) -> str:
    return figures.change(curve.metric_best, curve.metric_last, context.attempt.goal)
