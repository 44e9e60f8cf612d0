"""Rows that are longer than the model reads (R20): counted before anything is trained."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from rungwise.data.together import references, together
from rungwise.percent import percent
from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding

NO_ROOM = "leave the model no room for an answer: they are neither asked nor learnt"
SHORTEN = "Shorten the inputs, or name a model that reads more."
RAISE = (
    "Look whether the ends matter: then raise `training.max_tokens` as far as the model goes, or "
    "shorten the inputs."
)


class Truncation:
    """Counts the rows of train and validation whose end no model of this task will see.

    The limit is `training.max_tokens`, or what the base model takes where that is less. A language
    model cuts nothing: what leaves no room for an answer is neither asked nor learnt.
    """

    requirement: ClassVar[str] = "R20"
    title: ClassVar[str] = "Rows longer than the model reads"
    stage: ClassVar[Stage] = "content"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One warning with every such row; or why no model could be asked."""
        if context.cut is None:
            return []
        parts = {"train": context.train, "validation": context.validation}
        rows = together(parts)
        if rows.is_empty():
            return []
        longer = context.cut(rows["input"])
        if isinstance(longer, str):
            return [_unchecked(len(rows), longer)]
        found = rows.filter(pl.Series(np.asarray(longer, bool), dtype=pl.Boolean))
        if found.is_empty():
            return []
        limit = context.task.training.max_tokens
        asked = kind_of(context.task).writes
        by_part = {part: int((found["part"] == part).sum()) for part in parts}
        return [
            Finding(
                code="truncation",
                severity="warn",
                title=(
                    f"{len(found):,} of {len(rows):,} rows ({percent(len(found) / len(rows), 1)}) "
                    + (
                        NO_ROOM
                        if asked
                        else f"are longer than the model reads (at most {limit:,} "
                        "tokens): their ends are cut"
                    )
                ),
                advice=SHORTEN if asked else RAISE,
                requirement=self.requirement,
                count=len(found),
                rows=references(found),
                numbers={"rows": len(rows), **by_part} | ({} if asked else {"limit": limit}),
            )
        ]


def _unchecked(rows: int, reason: str) -> Finding:
    return Finding(
        code="truncation.unchecked",
        severity="info",
        title=f"Whether {rows:,} rows are longer than the model reads is not known: {reason}",
        advice="Nothing is said of rows whose ends are cut. Name a base model that can be opened.",
        requirement="R20",
        count=rows,
        numbers={"rows": rows},
    )
