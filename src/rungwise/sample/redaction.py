"""Texts and ids as they may touch the disk: redacted by the rules that redact samples elsewhere.

The rules load no model: patterns, checksums and lists of names (`rungwise.data.personal`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from rungwise.data.personal.redact import redacted, redacted_ids
from rungwise.data.personal.redactor import Redactor
from rungwise.objects import digest_bytes
from rungwise.sample.request_rows import LONGEST


def without_values(texts: Sequence[str], redactor: Redactor) -> pl.Series:
    """Inputs without personal values (n), cut after `LONGEST` characters."""
    # What is cut off is not read, but a value across the end would be seen in part only.
    read = pl.Series("input", texts, pl.String).str.slice(0, LONGEST + 1_000)
    rows = pl.DataFrame({"id": pl.Series([""], dtype=pl.String).new_from_index(0, len(read))})
    return redactor.cells(rows.with_columns(read)).str.slice(0, LONGEST)


def answers(given: Sequence[str], classes: Collection[str]) -> pl.Series:
    """Answers (n): labels as they are, any other text without personal values."""
    texts = pl.Series("answer", given, pl.String).str.slice(0, LONGEST)
    free = ~texts.is_in(list(classes))
    if not free.any():
        return texts
    return texts.scatter(free.arg_true(), redacted(texts.filter(free)))


def safe_id(name: str) -> str:
    """An id that holds an e-mail address, by its digest; any other id as it is.

    Labels that come later join by the same rule.
    """
    return str(safe_ids(pl.Series([name], dtype=pl.String))[0])


def safe_ids(ids: pl.Series) -> pl.Series:
    """The same for ids (n)."""
    personal = (redacted_ids(ids) != ids).fill_null(value=False)
    if not personal.any():
        return ids
    hashed = [f"id-{digest_bytes(one.encode('utf-8'))[:16]}" for one in ids.filter(personal)]
    return ids.scatter(personal.arg_true(), pl.Series(hashed, dtype=pl.String))
