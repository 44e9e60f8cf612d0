"""The best epoch is the last of a schedule that ran out: the end of training, not of progress."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import curves
from rungwise.evaluation.standing import reaches
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class ScheduleEnded:
    """Holds if little was gained at the end, but the learning rate had decayed by then.

    Neither "converged" nor "still improving" can be read from such a curve.
    """

    requirement: ClassVar[str] = "R57"
    title: ClassVar[str] = "End of the schedule"
    rank: ClassVar[int] = 76

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Look for a curve whose last, smallest steps gave its best epoch."""
        curve = curves.of(context)
        if curve is None or curve.shape != "schedule_ended":
            return None
        rates = [epoch.learning_rate or 0.0 for epoch in context.attempt.curve]
        return Finding(
            code="schedule_ended",
            severity="info",
            title=(
                f"The schedule ended: epoch {curve.epochs}, the last, is the best, and the "
                f"learning rate had decayed from {max(rates):.2g} to {rates[-1]:.2g} by then"
            ),
            advice=_advice(context),
            requirement=self.requirement,
            numbers=curve.numbers(),
        )


def _advice(context: DiagnosisContext) -> str:
    if reaches(context.attempt.goal.value, context.target, context.greater):
        return "The target is met, so you may stop here; more epochs could still gain."
    return (
        "Whether more epochs help is open: double training.epochs, which stretches the schedule. "
        "If that gains nothing, unfreeze more layers or add data where the failures are."
    )
