"""Texts with characters that nobody sees: marks of direction, characters of no width (R21)."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from rungwise.data.together import references, together
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding

OVERRIDES = r"[\u{202A}-\u{202E}\u{2066}-\u{2069}]"
"""Marks that make a text read otherwise than it is written (Boucher & Anderson 2021, "Trojan
Source"). The plain marks of right-to-left text, U+200E and U+200F, are not among them."""
NO_WIDTH = r"[\u{200B}\u{2060}\u{FEFF}\u{00AD}\u{180E}]"
"""Characters of no width that join no letters, as those of emoji and of Indic scripts do."""


class Invisible:
    """Looks for them in every part; comparing texts leaves them out, but a model reads them."""

    requirement: ClassVar[str] = "R21"
    title: ClassVar[str] = "Characters that nobody sees"
    stage: ClassVar[Stage] = "structure"
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One warning a kind, with its rows."""
        if context.task.task.modality != "text":
            return []
        parts = {"train": context.train, "validation": context.validation, "test": context.test}
        rows = together(parts)
        looked = (
            ("direction", OVERRIDES, "marks that turn the direction of reading"),
            ("no_width", NO_WIDTH, "characters of no width"),
        )
        found = [
            (code, what, rows.filter(pl.col("input").str.contains(pattern)))
            for code, pattern, what in looked
        ]
        return [_finding(code, what, hits, len(rows)) for code, what, hits in found if len(hits)]


def _finding(code: str, what: str, found: pl.DataFrame, rows: int) -> Finding:
    return Finding(
        code=f"invisible.{code}",
        severity="warn",
        title=f"{len(found):,} of {rows:,} rows hold {what}: such as line {found['line'][0]}",
        advice=(
            "A person and a model read different texts: find out where they come from. Write the "
            "rows without them, or drop those of train with `rungwise curate --accept "
            f"invisible.{code}`."
        ),
        requirement="R21",
        count=len(found),
        rows=references(found),
        numbers={"rows": len(found)},
    )
