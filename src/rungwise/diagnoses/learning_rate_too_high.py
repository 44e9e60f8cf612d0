"""Training itself diverges: the steps are too large (R45)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import curves
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class LearningRateTooHigh:
    """Holds where a loss is no longer a number, or training loss ends above where it began.

    A rung that broke off because of it says so by `diverged` among its details.
    """

    requirement: ClassVar[str] = "R45"
    title: ClassVar[str] = "Learning rate too high"
    rank: ClassVar[int] = 30

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Look at the ends of the training loss."""
        attempt, curve = context.attempt, curves.of(context)
        broke_off = bool(attempt.details.get("diverged"))
        if not broke_off and (curve is None or curve.shape != "diverging"):
            return None
        rate = context.attempt.configuration.get("learning_rate")
        at_rate = f" at learning rate {rate:g}" if isinstance(rate, float) else ""
        return Finding(
            code="learning_rate_too_high",
            severity="warn",
            title=f"Training diverges{at_rate}: {_told(curve, len(attempt.curve), broke_off)}",
            advice=(
                f"Try {rate / 10:g}, a tenth of it."
                if isinstance(rate, float)
                else "Divide the learning rate by ten."
            ),
            requirement=self.requirement,
            numbers={"epochs": len(attempt.curve), **(curve.numbers() if curve else {})},
        )


def _told(curve: curves.Reading | None, epochs: int, broke_off: bool) -> str:
    if broke_off or curve is None:
        return f"its loss was no longer a number in epoch {epochs + 1}"
    return f"its loss {_said(curve.train_first)} → {_said(curve.train_last)} in {epochs} epochs"


def _said(loss: float | None) -> str:
    return "not a number" if loss is None else f"{loss:.3f}"
