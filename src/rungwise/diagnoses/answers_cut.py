"""Answers were cut at the longest answer, so what they would have said is not known (R34)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation.wording import counted
from rungwise.percent import percent
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding

FEW = 0.05
"""A share of cut answers up to which no number of an attempt changes much."""


class AnswersCut:
    """Holds if more than one answer in twenty had not ended at the limit.

    It is a finding about the limit. A cut answer counts as wrong, and as no failure of form.
    """

    requirement: ClassVar[str] = "R34"
    title: ClassVar[str] = "Answers were cut"
    rank: ClassVar[int] = 42

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Compare how many answers were cut with how many were given."""
        details = context.attempt.details
        cut, rows = details.get("cut", 0), details.get("rows", 0)
        if not rows or cut <= FEW * rows:
            return None
        limit = details.get("max_tokens", 0)
        return Finding(
            code="answers_cut",
            severity="warn",
            title=(
                f"{cut:,} of {counted(rows, 'answer')} ({percent(cut / rows)}) had not ended after "
                f"{limit:,} tokens and were cut there: what they would have said is not known"
            ),
            advice=(
                f"Give more room with `generation.max_tokens`, such as {2 * limit:,}, or read the "
                "answers: a text that goes round in a loop ends nowhere."
            ),
            requirement=self.requirement,
            count=cut,
            numbers={"cut": cut, "rows": rows, "share": cut / rows, "max_tokens": limit},
        )
