"""Tuning gives no more than the frozen features did: the base is too far away (R60)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation.standing import reaches
from rungwise.evaluation.way import at_bound
from rungwise.evaluation.wording import measured, standing
from rungwise.protocols import DiagnosisContext
from rungwise.records import Evidence, Finding


class WorseThanFrozen:
    """Holds for a tuned attempt whose value does not exceed the best frozen one's.

    Whether a gain that exists is large enough is for the gates, which compare row by row.
    """

    requirement: ClassVar[str] = "R60"
    title: ClassVar[str] = "Worse than frozen"
    rank: ClassVar[int] = 50

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Compare with the best frozen attempt on the same data."""
        attempt = context.attempt
        frozen = [a for a in context.attempts if a.rung == "frozen" and a.data == attempt.data]
        if not frozen or not attempt.trains or attempt.height <= frozen[0].height:
            return None
        reference = max(frozen, key=lambda a: _worth(a, context))
        if _worth(attempt, context) > _worth(reference, context):
            return None
        if at_bound(attempt.goal, context):
            return None  # nothing is left to gain, by any base
        tuned = [a for a in context.attempts if a.height > reference.height and a.trains]
        better = [a for a in tuned if _worth(a, context) > _worth(reference, context)]
        return Finding(
            code="worse_than_frozen",
            severity="warn",
            title=(
                f"No better than {standing(reference)}: {attempt.rung} has {measured(attempt.goal)}"
            ),
            advice=_advice(context, reference, better),
            requirement=self.requirement,
            numbers={
                "value": attempt.goal.value,
                "frozen": reference.goal.value,
                "frozen_attempt": reference.id,
                "tuned_attempts_above_frozen": len(better),
            },
        )


def _worth(attempt: Evidence, context: DiagnosisContext) -> float:
    return attempt.goal.value if context.greater else -attempt.goal.value


def _advice(context: DiagnosisContext, reference: Evidence, better: list[Evidence]) -> str:
    if better:
        return "Other settings do beat frozen, so it is this setting, not the base: drop it."
    if reaches(reference.goal.value, context.target, context.greater):
        return (
            f"The base serves: {standing(reference)} meets the target {context.target:g}. Keep "
            "frozen; a smaller learning rate may lose less of what the base knows."
        )
    if any(f.severity == "block" or f.requirement == "R12" for f in context.findings):
        return (
            "Deal with the audit's findings on labels first: on clean data this would mean that "
            "the base is too far from your domain."
        )
    return "No audit doubts the labels, so the base is too far from your domain: choose another."
