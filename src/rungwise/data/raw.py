"""A file's rows before anybody knows which column means what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

BAD_SCHEMA = pl.Schema({"line": pl.Int64(), "reason": pl.String(), "input": pl.String()})
INSIDE_SCHEMA = pl.Schema({"line": pl.Int64(), "column": pl.String()})
BROKEN_CELL = 10_000_000
"""Bytes; a cell as large is no example but a broken file. Smaller ones are set aside alone."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What a reader of one format returns.

    Attributes:
        cells: Every column of the file as strings; null where the file has no value.
        lines: 1-based line where each row of `cells` begins (row number for Parquet).
        bad: Rows that could not be taken apart, with the columns of `BAD_SCHEMA`; `input` is
            what stands in the file.
        assumptions: What the reader had to infer.
        inside: Cells that are null because the file has a list or an object there, with the
            columns of `INSIDE_SCHEMA`.
        types: Column → what its values are, where the file says so and text is not it.
        known: `id`, `input` or `label` → the column that is it, where the format decides.
        objects: Each row as the JSON object that it is in the file (n), where it is one.
    """

    cells: pl.DataFrame
    lines: pl.Series
    bad: pl.DataFrame
    assumptions: tuple[str, ...] = ()
    inside: pl.DataFrame = field(default_factory=INSIDE_SCHEMA.to_frame)
    types: Mapping[str, pl.DataType] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    objects: pl.Series | None = None


def no_bad_rows() -> pl.DataFrame:
    """Nothing that could not be taken apart."""
    return BAD_SCHEMA.to_frame()


def set_undecodable_aside(raw: Raw, marker: str | None) -> Raw:
    """Move rows holding `marker`, which stands for undecodable bytes, to the bad rows."""
    if marker is None or not raw.cells.width:
        return raw
    damaged = raw.cells.select(
        pl.any_horizontal(pl.all().str.contains(marker, literal=True).fill_null(value=False))
    ).to_series()
    text = pl.concat_str(pl.all(), separator=" | ", ignore_nulls=True)
    bad = raw.cells.filter(damaged).select(
        raw.lines.filter(damaged).alias("line"),
        pl.lit("undecodable: bytes that are not text in the file's encoding").alias("reason"),
        text.alias("input"),
    )
    readable = pl.col("input").str.replace_all(marker, "\ufffd", literal=True)
    return replace(
        raw,
        cells=raw.cells.filter(~damaged),
        lines=raw.lines.filter(~damaged),
        objects=None if raw.objects is None else raw.objects.filter(~damaged),
        bad=pl.concat([raw.bad, bad]).with_columns(readable).sort("line"),
    )
