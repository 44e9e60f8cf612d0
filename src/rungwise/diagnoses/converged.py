"""Validation has settled and not turned: more of the same will not help (R56)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import curves
from rungwise.evaluation.standing import reaches
from rungwise.evaluation.way import at_bound, falls_short
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class Converged:
    """Holds where the last epoch gained no more than `policy.plateau` and nothing got worse.

    If the best epoch is the last of a schedule that ran out, it is `schedule_ended` instead.

    A curve that never moved has converged where it began well; else it is a `poor_fit`.
    """

    requirement: ClassVar[str] = "R56"
    title: ClassVar[str] = "Converged"
    rank: ClassVar[int] = 80

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Look for a curve that has come to rest."""
        curve = curves.of(context)
        still = curve is not None and curve.shape == "flat" and falls_short(context) is False
        if curve is None or not (still or curve.shape == "converged"):
            return None
        return Finding(
            code="converged",
            severity="info",
            title=(
                f"Converged: validation loss lowest at {curve.validation_best:.3f} in epoch "
                f"{curve.best} of {curve.epochs}, {curve.validation_last:.3f} at the end"
            ),
            advice=_advice(context, still=still),
            requirement=self.requirement,
            numbers=curve.numbers(),
        )


def _advice(context: DiagnosisContext, *, still: bool) -> str:
    if at_bound(context.attempt.goal, context):
        return "Stop here: the metric has nothing left to gain on these rows."
    if reaches(context.attempt.goal.value, context.target, context.greater):
        return "The target is met and validation has stopped improving: stop here."
    if still:
        return "It hardly moved from where it began: try a larger learning rate, or more layers."
    return (
        "More epochs will not help: unfreeze more layers, climb to the next rung, or add data "
        "where the failure groups are."
    )
