"""Texts made comparable: what differs only in case, width, punctuation or spacing is a copy."""

from __future__ import annotations

from functools import cache

import polars as pl

from rungwise.conversation import CODED
from rungwise.data.lookalikes import undisguised

NO_WIDTH = r"[\p{Cf}\x{FE00}-\x{FE0F}]"
"""Format characters (zero-width, direction, soft hyphen) and variation selectors."""
PUNCTUATION = r"[^\p{L}\p{M}\p{N}\p{So}\s]+"
"""Punctuation, mathematical and currency signs; not emoji, which carry meaning."""
ESCAPED = r"\\(?:[bfnrt]|u00[01][0-9a-f])"
"""White space and control characters as JSON writes them."""

CASED = 0x20000
"""No script beyond this code point has upper and lower case."""


def normalised(texts: pl.Series) -> pl.Series:
    """Fold what a reader would call the same text (R21).

    Characters of no width vanish, punctuation becomes a space, the rest is brought to Unicode's
    compatibility form (NFKC) and case-folded, letters of other scripts in Latin disguise are made
    Latin (`rungwise.data.lookalikes`), and white space is folded. Of punctuation alone
    nothing is left: `:)` and `:-) :-)` are copies of each other.

    The line ends of a conversation, which JSON writes as letters, are white space too.

    Args:
        texts: Strings (n), such as a table's inputs.

    Returns:
        Strings (n), aligned; null stays null.
    """
    text = pl.col("text")
    if texts.str.starts_with(CODED).any():
        texts = _unescaped(texts)
    is_ascii = text.str.len_bytes() == text.str.len_chars()
    both = pl.coalesce(
        _ascii(pl.when(is_ascii).then(text)), _any_script(pl.when(~is_ascii).then(text))
    )
    return texts.alias("text").to_frame().select(both.alias(texts.name)).to_series()


def _unescaped(texts: pl.Series) -> pl.Series:
    text = pl.col("text")
    plain = pl.when(text.str.starts_with(CODED)).then(text.str.replace_all(ESCAPED, " "))
    frame = texts.alias("text").to_frame()
    return frame.select(plain.otherwise(text).alias(texts.name)).to_series()


def _ascii(text: pl.Expr) -> pl.Expr:
    """The same as `_any_script` for plain texts, which most are, in a third of the time."""
    return text.str.to_lowercase().str.replace_all("[^0-9a-z]+", " ").str.strip_chars(" ")


def _any_script(text: pl.Expr) -> pl.Expr:
    folded = _folded(_spaced(text.str.replace_all(NO_WIDTH, "")))
    # Folding can compose characters, and compatibility forms can hold punctuation (℀ is a/c).
    folded = _spaced(folded.str.normalize("NFKC"))
    return folded.str.replace_all(r"\s+", " ").str.strip_chars()


def _spaced(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(PUNCTUATION, " ")


def _folded(text: pl.Expr) -> pl.Expr:
    before, after = _case_folds()
    lower = undisguised(text.str.normalize("NFKC")).str.to_lowercase()
    return lower.str.replace_many(before, after)


@cache
def _case_folds() -> tuple[list[str], list[str]]:
    """Lower-case characters that case folding still changes, such as ß → ss."""
    letters = [chr(point) for point in range(CASED) if not 0xD800 <= point < 0xE000]
    changed = [c for c in letters if c.lower() == c and c.casefold() != c]
    return changed, [character.casefold() for character in changed]
