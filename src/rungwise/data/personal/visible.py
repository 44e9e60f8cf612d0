"""Texts as the patterns read them: one writing for digits, dashes and spaces, nothing unseen."""

from __future__ import annotations

import unicodedata
from functools import cache

import polars as pl

UNSEEN = r"[\p{Cf}\x{FE00}-\x{FE0F}]"
"""Characters of no width, which would hide `john@` + ZERO WIDTH SPACE + `example.com`."""
MARKERS = ("\ufdd0", "\ufdd1")
"""Noncharacters that `matches` sets around what it finds; a text's own are replaced."""


def visible(texts: pl.Series) -> pl.Series:
    """Fold full-width forms, digits of every script, dashes and spaces; drop unseen characters.

    Each character becomes one character, so that places stay; where characters were dropped,
    `raw_places` finds the way back. ASCII texts, which most are, are left as they are.

    Args:
        texts: Raw cells (n).

    Returns:
        Strings (n), aligned; null stays null.
    """
    if (texts.str.len_bytes() == texts.str.len_chars()).all():
        return texts.alias("text")
    text = pl.col("text")
    is_ascii = text.str.len_bytes() == text.str.len_chars()
    before, after = _folds()
    other = pl.when(~is_ascii).then(text)
    folded = other.str.replace_many(before, after).str.replace_all(UNSEEN, "")
    chosen = pl.coalesce(pl.when(is_ascii).then(text), folded)
    return texts.alias("text").to_frame().select(chosen).to_series()


def raw_places(spans: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """Move spans of `visible` texts to where they stand in the raw ones.

    Args:
        spans: Columns `row`, `start`, `end`, ….
        texts: The raw cells that `row` counts.
    """
    rows = spans["row"].unique()
    hidden = rows.filter(texts.gather(rows).str.contains(UNSEEN))
    if hidden.is_empty():
        return spans
    moved = []
    for row in hidden:
        raw = texts[row]
        seen = [place for place, character in enumerate(raw) if not _unseen(character)]
        own = spans.filter(pl.col("row") == row)
        moved.append(
            own.with_columns(
                start=pl.Series([seen[start] for start in own["start"]], dtype=pl.Int64),
                end=pl.Series([seen[end - 1] + 1 for end in own["end"]], dtype=pl.Int64),
            )
        )
    kept = spans.filter(~pl.col("row").is_in(hidden.implode()))
    return pl.concat([kept, *moved]).sort("row", "start")


def _unseen(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


@cache
def _folds() -> tuple[list[str], list[str]]:
    """Characters beyond ASCII that stand for an ASCII one, and that one."""
    folds = dict.fromkeys(MARKERS, "\ufffd")
    for point in range(0x80, 0x20000):
        character = chr(point)
        category = unicodedata.category(character)
        if category == "Nd":
            folds[character] = str(unicodedata.digit(character))
        elif category == "Zs":
            folds[character] = " "
        elif category == "Pd" or character == "\u2212":
            folds[character] = "-"
    folds |= {chr(0xFEE0 + point): chr(point) for point in range(0x21, 0x7F)}
    return list(folds), list(folds.values())
