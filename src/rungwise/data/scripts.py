"""Which script a text is written in, by the Unicode property of its letters."""

from __future__ import annotations

import polars as pl

SCRIPTS = (
    "Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Armenian", "Georgian", "Devanagari",
    "Bengali", "Gurmukhi", "Gujarati", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Thai",
    "Lao", "Myanmar", "Khmer", "Ethiopic", "Hangul", "Hiragana", "Katakana", "Han",
)  # fmt: skip
OTHER = "another script"
NONE = "no letters"


def scripts(texts: pl.Series) -> pl.Series:
    """The script that most letters of a text belong to.

    A text with kana counts as Hiragana or Katakana where those outnumber each Han character by
    itself; the first of `SCRIPTS` wins a tie.

    Args:
        texts: Strings (n), no nulls.

    Returns:
        Names of `SCRIPTS`, `OTHER`, or `NONE` for a text without letters (n).
    """
    frame = texts.alias("text").to_frame()
    # Most texts are in Latin letters alone; only the others are counted script by script.
    strange = frame["text"].str.contains(r"[^\p{Latin}\P{L}]")
    lettered = frame["text"].str.contains(r"\p{L}")
    plain = pl.when(lettered).then(pl.lit("Latin")).otherwise(pl.lit(NONE))
    named = frame.select(plain.alias("script"))["script"]
    if not strange.any():
        return named
    odd = frame.filter(strange)["text"]
    counts = pl.DataFrame({name: odd.str.count_matches(rf"\p{{{name}}}") for name in SCRIPTS})
    most = counts.max_horizontal()
    winner = counts.select(
        pl.coalesce(
            pl.when((pl.col(name) == most) & (most > 0)).then(pl.lit(name)) for name in SCRIPTS
        ).fill_null(OTHER)
    ).to_series()
    return named.scatter(strange.arg_true(), winner)
