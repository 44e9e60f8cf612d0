"""Rows of plain words alone, which the learnt reader need not read (R18).

The reader was asked about the most frequent words of its encoder, each in sentences in which a
name may stand. Those whose chance stayed below .9 in each are listed; in the list a capital says
that the word is plain with a capital, too. `python -m benchmarks.audit.learn_plain` writes it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

WORD = r"\p{L}+"
NOT = r"(?i)n['’]t\b"
"""As in `hasn't`, whose halves are no words."""
NUMBER = r"\d(?:[\s().+/-]{0,3}\d){4}"
"""Five digits, as they are grouped: rather a telephone number than a count."""
BESIDE_NAME = r"\d[\w/-]*,?\s+\p{Lu}|\p{Lu}\p{L}+,?\s+\d"
"""A number beside a word with a capital, as in an address."""
FIRST = r"^[^\p{L}]*\p{Lu}\p{Ll}+"
"""A text begins with a capital whatever its first word is."""


@cache
def plain_words() -> pl.Series:
    """Words as they may be written without being read."""
    listed = files("rungwise.data.personal").joinpath("plain_words.txt")
    words = listed.read_text(encoding="utf-8").split()
    small = [word.lower() for word in words]
    return pl.Series([*small, *(word for word in words if word[0].isupper())])


def only_plain(texts: pl.Series) -> pl.Series:
    """Whether a row (n) holds plain words alone and no number that may belong to a person.

    Args:
        texts: Raw cells (n); null cells hold nothing.
    """
    text = pl.col("text")
    whole = text.str.replace_all(NOT, " ")
    first = whole.str.extract(f"({FIRST})").str.to_lowercase()
    begun = pl.concat_str(first.fill_null(""), whole.str.replace(FIRST, ""))
    rows = texts.fill_null("").alias("text").to_frame().select(begun).with_row_index("row")
    words = rows.select("row", text.str.extract_all(WORD).alias("word")).explode("word")
    words = words.drop_nulls()
    plain = pl.col("word").is_in(plain_words().implode()) | (pl.col("word").str.len_chars() == 1)
    strange = words.filter(~plain)["row"].unique()
    numbered = text.str.contains(NUMBER) | text.str.contains(BESIDE_NAME)
    return rows.select(~numbered & ~pl.col("row").is_in(strange.implode())).to_series()
