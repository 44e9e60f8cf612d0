"""The best epoch is the last of a schedule that ran out or was cut short: nothing has converged."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import curves
from rungwise.evaluation.standing import reaches
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class ScheduleEnded:
    """Holds if little was gained at the end, but the learning rate had decayed by then.

    Training may have ended with the schedule, or before it by early stopping, which looks at the
    metric while the loss still falls. Neither "converged" nor "still improving" can be read from
    such a curve.
    """

    requirement: ClassVar[str] = "R57"
    title: ClassVar[str] = "End of training, not of progress"
    rank: ClassVar[int] = 76

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Look for a curve whose last, smallest steps gave its best epoch."""
        curve = curves.of(context)
        if curve is None or curve.shape != "schedule_ended":
            return None
        return Finding(
            code="schedule_ended",
            severity="info",
            title=_early(context, curve) if _stopped(context, curve) else _ended(context, curve),
            advice=_advice(context, curve),
            requirement=self.requirement,
            numbers=curve.numbers(),
        )


def _stopped(context: DiagnosisContext, curve: curves.Reading) -> bool:
    """Whether early stopping ended training before its schedule."""
    planned = context.attempt.details.get("epochs")
    return isinstance(planned, int) and curve.epochs < planned


def _ended(context: DiagnosisContext, curve: curves.Reading) -> str:
    rates = [epoch.learning_rate or 0.0 for epoch in context.attempt.curve]
    return (
        f"The schedule ended: epoch {curve.epochs}, the last, is the best, and the learning rate "
        f"had decayed from {max(rates):.2g} to {rates[-1]:.2g} by then"
    )


def _early(context: DiagnosisContext, curve: curves.Reading) -> str:
    """What early stopping saw, and what it did not."""
    metric = context.attempt.goal.metric
    best = f"{metric} was best in epoch {curve.peak}" if curve.peak else f"{metric} stood still"
    return (
        f"Stopped early, after {curve.epochs} of {context.attempt.details['epochs']} epochs: "
        f"{best}, but the last epoch has the lowest validation loss, {curve.validation_last:.3f}"
    )


def _advice(context: DiagnosisContext, curve: curves.Reading) -> str:
    if reaches(context.attempt.goal.value, context.target, context.greater):
        return "The target is met, so you may stop here; more epochs could still gain."
    further = "If that gains nothing, unfreeze more layers or add data where the failures are."
    if _stopped(context, curve):
        return f"Whether more epochs help is open: raise training.patience. {further}"
    return (
        "Whether more epochs help is open: double training.epochs, which stretches the schedule. "
        f"{further}"
    )
