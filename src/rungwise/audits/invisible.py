"""Texts that are not what people read: characters that nobody sees, signs of HTML (R21)."""

from __future__ import annotations

from html.entities import name2codepoint
from typing import ClassVar

import polars as pl

from rungwise.data.together import references, together
from rungwise.evaluation.wording import agreeing
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding

OVERRIDES = r"[\u{202A}-\u{202E}\u{2066}-\u{2069}]"
"""Marks that make a text read otherwise than it is written (Boucher & Anderson 2021, "Trojan
Source"). The plain marks of right-to-left text, U+200E and U+200F, are not among them."""
NO_WIDTH = r"[\u{200B}\u{2060}\u{FEFF}\u{00AD}\u{180E}]"
"""Characters of no width that join no letters, as those of emoji and of Indic scripts do."""
TAGS = "br|hr|p|div|span|strong|em|ul|ol|li|table|tr|td|th|h[1-6]|font|img|html|body|blockquote"
HTML = (
    rf"&(?:#\d{{1,7}}|#[xX][0-9a-fA-F]{{1,6}}|{'|'.join(sorted([*name2codepoint, 'apos']))});"
    rf"|(?i:</?(?:{TAGS})(?:\s[^<>]*)?/?>|</[abiusp]>|<a\s+href\s*=)"
)
"""Entities such as `&nbsp;`, and tags such as `<br>`; not `AT&T`, `x < y` or `<name>`."""
UNSEEN = "A person and a model read different texts: find out where they come from."
MARKUP = (
    "A model reads `nbsp` and `br` as words: decode the rows where they are exported (in Python "
    "`html.unescape`) and take the tags out, in what is asked later as well."
)


class Invisible:
    """Looks for them in every part; comparing texts leaves the unseen out, but a model reads it."""

    requirement: ClassVar[str] = "R21"
    title: ClassVar[str] = "Characters that nobody sees, and signs of HTML"
    stage: ClassVar[Stage] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One warning a kind, with its rows."""
        parts = {"train": context.train, "validation": context.validation, "test": context.test}
        rows = together(parts)
        looked = (
            ("direction", OVERRIDES, "marks that turn the direction of reading", UNSEEN),
            ("no_width", NO_WIDTH, "characters of no width", UNSEEN),
            ("entities", HTML, "entities or tags of HTML", MARKUP),
        )
        found = [
            (code, what, why, rows.filter(pl.col("input").str.contains(pattern)))
            for code, pattern, what, why in looked
        ]
        return [
            _finding(code, what, why, hits, len(rows))
            for code, what, why, hits in found
            if len(hits)
        ]


def _finding(code: str, what: str, why: str, found: pl.DataFrame, rows: int) -> Finding:
    return Finding(
        code=f"invisible.{code}",
        severity="warn",
        title=f"{len(found):,} of {rows:,} rows {agreeing(len(found), 'holds', 'hold')} {what}: "
        f"such as line {found['line'][0]}",
        advice=(
            f"{why} Write the rows without them, or drop those of train with "
            f"`rungwise curate --accept invisible.{code}`."
        ),
        requirement="R21",
        count=len(found),
        rows=references(found),
        numbers={"rows": len(found)},
    )
