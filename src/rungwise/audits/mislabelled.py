"""Rows whose label a model that did not learn from them finds wrong (R12)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from rungwise.data.together import together
from rungwise.evaluation.answered import Answered, answered
from rungwise.evaluation.label_noise import Doubts, doubts
from rungwise.evaluation.wording import agreeing
from rungwise.percent import percent
from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding, RowReference


class Mislabelled:
    """Ranks the rows of train and validation by the probability that their label is wrong.

    The labels of the test part are sealed, so it is not looked at.
    """

    requirement: ClassVar[str] = "R12"
    title: ClassVar[str] = "Rows whose label is doubtful"
    stage: ClassVar[Stage] = "content"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """A finding with the rows, the most doubtful first; and one on rows not looked at."""
        if context.out_of_fold is None or not kind_of(context.task).labels:
            return []
        rows = together({"train": context.train, "validation": context.validation})
        if rows.is_empty():
            return []
        told = context.out_of_fold()
        if isinstance(told, str):
            return [_unchecked(len(rows), len(rows), told)]
        given = answered(rows, told)
        if given.agreed < (least := context.policy.doubting_agreement):
            reason = (
                f"the head agrees with {percent(given.agreed)} of them, fewer than "
                f"{percent(least)}, so it "
                "does not know the classes well enough to doubt a label"
            )
            return [_unchecked(len(rows), len(rows), reason)]
        doubted = doubts(given.scores, given.given)
        findings = [_found(given, doubted)] if doubted.flagged.any() else []
        if given.unanswered:
            reason = "their class is in one fold or one cluster of copies only, or not in train"
            findings.append(_unchecked(given.unanswered, len(rows), reason))
        return findings


def _found(given: Answered, doubted: Doubts) -> Finding:
    flagged = np.flatnonzero(doubted.flagged)
    order = flagged[np.argsort(-doubted.wrong[flagged], kind="stable")]
    suggested = [given.classes[place] for place in doubted.suggested[order]]
    listed = given.rows[pl.Series(order)].select("id", "part", "line", "expected")
    first = listed.row(0, named=True)
    wrong = float(doubted.wrong[order].sum())
    about = f"about {wrong:,.0f}" if wrong >= 0.5 else "fewer than 1"
    agreed = f"{percent(given.agreed)}"
    return Finding(
        code="mislabelled",
        severity="warn",
        title=(
            f"{len(order):,} of {len(given.rows):,} rows "
            f"{agreeing(len(order), 'has a doubtful label', 'have doubtful labels')}, such as "
            f"{first['expected']!r}, where {suggested[0]!r} is suggested; {about} of them are "
            f"wrong if mistakes are random slips (a model agrees with {agreed} of all labels)"
        ),
        advice=(
            "Look at them, the most doubtful first: `rungwise audit --review FILE` writes them "
            "with a suggestion beside each, and reads your decisions back. Mistakes that follow a "
            "rule are learnt with the labels and cannot be seen this way: for the true rate have "
            "a random sample labelled blind (`rungwise audit --review FILE --blind`)."
        ),
        requirement="R12",
        count=len(order),
        rows=tuple(
            RowReference(id, part, line, score=round(float(score), 6))
            for (id, part, line, _), score in zip(
                listed.iter_rows(), doubted.wrong[order], strict=True
            )
        ),
        numbers={
            "checked": len(given.rows),
            "unchecked": given.unanswered,
            "agreed": given.agreed,
            "expected_wrong": wrong,
            "suggested": dict(zip(listed["id"], suggested, strict=True)),
        },
    )


def _unchecked(rows: int, every: int, reason: str) -> Finding:
    return Finding(
        code="mislabelled.unchecked",
        severity="info",
        title=f"The labels of {rows:,} of {every:,} rows were not checked: {reason}",
        advice="Nothing is said of these labels. Check a sample of them by hand.",
        requirement="R12",
        count=rows,
        numbers={"unchecked": rows, "rows": every},
    )
