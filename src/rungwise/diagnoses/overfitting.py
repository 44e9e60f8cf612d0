"""Training climbs while validation turns, in loss and in answers: overfitting (R58)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import curves, figures
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class Overfitting:
    """Holds where validation got worse than its best by more than `policy.overfit_rise`.

    Where only the loss did, and the answers are still getting better, it is `overconfident`.
    Where only the answers did, by more than their interval allows, it says so of them.
    """

    requirement: ClassVar[str] = "R58"
    title: ClassVar[str] = "Overfitting"
    rank: ClassVar[int] = 60

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Compare both losses at the end with the epoch where validation was best."""
        curve = curves.of(context)
        if curve is None or curve.shape != "overfitting":
            return None
        turned_loss = curve.rise is not None and curve.rise > context.policy.overfit_rise
        since = curve.best if turned_loss else curve.peak
        return Finding(
            code="overfitting",
            severity="warn",
            title=f"Overfitting since epoch {since} of {curve.epochs}: "
            + (_of_the_loss(curve) if turned_loss else _of_the_metric(curve, context)),
            advice=(
                f"Stop at epoch {since}. Then, in this order: more data where the failures "
                "are, stronger regularisation (training.weight_decay, training.dropout), fewer "
                "unfrozen layers, fewer epochs."
            ),
            requirement=self.requirement,
            numbers=curve.numbers(),
        )


def _of_the_loss(curve: curves.Reading) -> str:
    return (
        f"validation loss {curve.validation_best:.3f} → {curve.validation_last:.3f} while "
        f"training loss fell {curve.train_best:.3f} → {curve.train_last:.3f}"
    )


def _of_the_metric(curve: curves.Reading, context: DiagnosisContext) -> str:
    return (
        f"{_change(curve, context)}, "
        f"though no loss tells: validation ends at {curve.validation_last:.3f}, its lowest was "
        f"{curve.validation_best:.3f}"
    )


def _change(curve: curves.Reading, context: DiagnosisContext) -> str:
    return figures.change(curve.metric_peak, curve.metric_last, context.attempt.goal)
