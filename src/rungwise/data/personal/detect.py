"""The first tier: patterns and checksums, column by column, always on (R18)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Mapping
from functools import cache

import polars as pl

from rungwise.data.personal import kinds
from rungwise.data.personal.kind import Kind
from rungwise.data.personal.matches import matches
from rungwise.data.personal.overlaps import without_overlaps
from rungwise.data.personal.visible import raw_places, visible
from rungwise.progress import Progress, Silent

SCHEMA = pl.Schema({"row": pl.Int64(), "start": pl.Int64(), "end": pl.Int64(), "kind": pl.String()})
AT_ONCE = 250_000
"""Rows that are looked at in one go, so that memory does not grow with the file."""


@cache
def known() -> Mapping[str, Kind]:
    """Every kind by name: one file of `kinds/` each."""
    names = sorted(module.name for module in pkgutil.iter_modules(kinds.__path__))
    return {name: importlib.import_module(f"{kinds.__name__}.{name}").KIND for name in names}


def structured() -> frozenset[str]:
    """Kinds that their own form or checksum proves: safe to replace in messages and titles."""
    return frozenset(name for name, kind in known().items() if kind.structured)


def detect(
    texts: pl.Series, only: Collection[str] | None = None, progress: Progress | None = None
) -> pl.DataFrame:
    """Find personal values and secrets.

    Args:
        texts: Raw cells (n); null cells hold nothing.
        only: Names of kinds to look for; all where left out.
        progress: Where long work is reported.

    Returns:
        Columns of `SCHEMA`, sorted by row and place: `row` counts from 0, `start` and `end`
        are code points of the raw cell, `end` exclusive. No two spans of a row overlap.
    """
    chosen = {name: kind for name, kind in known().items() if only is None or name in only}
    begins = range(0, len(texts), AT_ONCE)
    over = (progress or Silent()).over(begins, "personal data", len(begins))
    found = [_in_slice(texts.slice(begin, AT_ONCE), chosen, begin) for begin in over]
    return pl.concat([SCHEMA.to_frame(), *found])


def _in_slice(texts: pl.Series, chosen: Mapping[str, Kind], begin: int) -> pl.DataFrame:
    rows = pl.int_range(len(texts), dtype=pl.Int64, eager=True)
    seen = pl.DataFrame({"row": rows, "text": visible(texts)}).drop_nulls()
    found = [SCHEMA.to_frame()]
    for name, kind in chosen.items():
        hinted = seen.filter(pl.col("text").str.contains(kind.hint))
        for pattern in kind.patterns if len(hinted) else ():
            if len(matched := matches(hinted, pattern)):
                proved = kind.proved(matched)
                found.append(proved.select("row", "start", "end", kind=pl.lit(name)))
    spans = without_overlaps(pl.concat(found), {name: kind.rank for name, kind in chosen.items()})
    return raw_places(spans, texts).with_columns(pl.col("row") + begin)
