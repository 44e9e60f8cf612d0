"""The curve swings: where it ended is luck (R56).

Mosbach, Andriushchenko & Klakow 2021, "On the Stability of Fine-tuning BERT"
(arXiv:2006.04884): small learning rates with warm-up and more epochs settle it.
"""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import curves
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class Unstable:
    """Holds after two setbacks of the training loss (`policy.setback`) or of the metric.

    A setback of the metric must exceed half its interval: less is chance. Also where training
    and validation turn for the worse together.
    """

    requirement: ClassVar[str] = "R56"
    title: ClassVar[str] = "Unstable"
    rank: ClassVar[int] = 40

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Count how often the curve went back."""
        curve = curves.of(context)
        if curve is None or curve.shape != "unstable":
            return None
        return Finding(
            code="unstable",
            severity="warn",
            title=(
                f"Unstable: {curve.setbacks} setbacks in {curve.epochs} epochs; training loss "
                f"{curve.train_first:.3f} → {curve.train_last:.3f}, validation loss "
                f"{curve.validation_first:.3f} → {curve.validation_last:.3f}"
            ),
            advice=(
                "Lower the learning rate or raise the batch size, and try a second seed before "
                "you believe this number."
            ),
            requirement=self.requirement,
            numbers=curve.numbers(),
        )
