"""E-mail addresses (RFC 5321, and RFC 6531 for other scripts), also written `a (at) b (dot) c`."""

from __future__ import annotations

import polars as pl

from rungwise.data.personal.kind import Kind, Pattern

LOCAL = r"[\w.!#$%&'*+/=?^{|}~-]+"
LABEL = r"[\w-]+"
SPOKEN_AT = r"(?: ?[\[({] ?(?:at|AT|@) ?[\])}] ?)"
SPOKEN_DOT = r"(?: ?[\[({] ?(?:dot|DOT|\.) ?[\])}] ?)"
SUFFIXES = r"(?:com|net|org|edu|gov|io|info|biz|co|uk|de|fr|it|es|nl|eu|us|ca|au|in|me)"


def _proved(matches: pl.DataFrame) -> pl.DataFrame:
    """Punctuation that opens a sentence or a quotation is no part of the address."""
    lead = pl.col("value").str.extract(r"^([.!#$%&'*+/=?^{|}~-]*)").str.len_chars()
    last = pl.col("value").str.extract(r"([^.\])} ]+)$")
    named = last.str.contains(r"^(?:\p{L}{2,24}|xn--[0-9A-Za-z-]+)$")
    return matches.filter(named).with_columns(start=pl.col("start") + lead.cast(pl.Int64))


KIND = Kind(
    rank=30,
    hint=r"@|[\[({] ?(?:at|AT) ?[\])}]| at \S+ dot ",
    patterns=(
        Pattern(rf"{LOCAL}@{LABEL}(?:\.{LABEL})+"),
        Pattern(rf"{LOCAL}(?:{SPOKEN_AT}|@){LABEL}(?:(?:{SPOKEN_DOT}|\.){LABEL})+"),
        Pattern(rf"[\w.+-]+ at {LABEL}(?: dot {LABEL}){{0,2}} dot {SUFFIXES}\b"),
    ),
    proved=_proved,
)
