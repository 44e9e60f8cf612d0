"""Texts made comparable: what differs only in case, width, punctuation or spacing is a copy."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

import polars as pl

NO_WIDTH = r"[\p{Cf}\x{FE00}-\x{FE0F}]"
"""Format characters (zero-width, direction, soft hyphen) and variation selectors."""
PUNCTUATION = r"[^\p{L}\p{M}\p{N}\p{So}\s]+"
"""Punctuation, mathematical and currency signs; not emoji, which carry meaning."""


def normalised(texts: pl.Series) -> pl.Series:
    """Fold what a reader would call the same text (R21).

    Characters of no width vanish, punctuation becomes a space, the rest is brought to Unicode's
    compatibility form (NFKC) and case-folded, and white space is folded. Of punctuation alone
    nothing is left: `:)` and `:-) :-)` are copies of each other.

    Args:
        texts: Strings (n).

    Returns:
        Strings (n), aligned; null stays null.
    """
    text = pl.col("text")
    folded = _folded(_spaced(text.str.replace_all(NO_WIDTH, "")))
    # Folding can compose characters, and compatibility forms can hold punctuation (℀ is a/c).
    folded = _spaced(folded.str.normalize("NFKC"))
    bare = folded.str.replace_all(r"\s+", " ").str.strip_chars()
    return texts.alias("text").to_frame().select(bare.alias(texts.name)).to_series()


def _spaced(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(PUNCTUATION, " ")


def _folded(text: pl.Expr) -> pl.Expr:
    before, after = _case_folds()
    lower = text.str.normalize("NFKC").str.to_lowercase()
    return lower.str.replace_many(before, after)


@cache
def _case_folds() -> tuple[list[str], list[str]]:
    """Lower-case characters that case folding still changes, such as ß → ss."""
    lower = {chr(point).lower() for point in range(sys.maxunicode + 1)}
    changed = sorted(
        character
        for character in lower
        if len(character) == 1
        and unicodedata.category(character) != "Cs"
        and character.casefold() != character
    )
    return changed, [character.casefold() for character in changed]
