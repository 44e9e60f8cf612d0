"""Training climbs while validation turns, in loss and in answers: overfitting (R58)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import curves
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class Overfitting:
    """Holds where validation got worse than its best by more than `policy.overfit_rise`.

    Where only the loss did, and the answers are still getting better, it is `overconfident`.
    """

    requirement: ClassVar[str] = "R58"
    title: ClassVar[str] = "Overfitting"
    rank: ClassVar[int] = 60

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Compare both losses at the end with the epoch where validation was best."""
        curve = curves.of(context)
        if curve is None or curve.shape != "overfitting":
            return None
        return Finding(
            code="overfitting",
            severity="warn",
            title=(
                f"Overfitting since epoch {curve.best} of {curve.epochs}: validation loss "
                f"{curve.validation_best:.3f} → {curve.validation_last:.3f} while training loss "
                f"fell {curve.train_best:.3f} → {curve.train_last:.3f}"
            ),
            advice=(
                f"Stop at epoch {curve.best}. Then, in this order: more data where the failures "
                "are, stronger regularisation, fewer unfrozen layers, fewer epochs."
            ),
            requirement=self.requirement,
            numbers=curve.numbers(),
        )
