"""From a file's cells to the columns every plug-in sees; unusable rows are set aside (R19)."""

from __future__ import annotations

import itertools
from dataclasses import astuple

import polars as pl

from rungwise.data import quarantine
from rungwise.data.columns import Columns
from rungwise.data.missing import is_missing, known
from rungwise.data.raw import Raw
from rungwise.data.spool import batches, text_bytes
from rungwise.data.times import NO_TIME, UNREADABLE, read_times
from rungwise.protocols import Modality
from rungwise.table import COLUMNS

LARGEST_CELL = 1_000_000
"""Bytes of UTF-8; a longer cell is a mistake in the file, and would stall every model."""
NO_ID = "no id"
NOT_A_NUMBER = ("nan", "NaN", "NAN")


def table(
    raw: Raw,
    columns: Columns,
    source: str,
    modality: Modality,
    *,
    labelled: bool = True,
    reasons: pl.Series | None = None,
) -> pl.DataFrame:
    """Every row of the file, bad ones too, in file order.

    Args:
        raw: The file's cells.
        columns: What they mean.
        source: The file as the user wrote it.
        modality: What knows which inputs cannot be used.
        labelled: A row without a label cannot be used.
        reasons: What is already known against each row of `raw.cells` (n), or null.

    Returns:
        The columns of `rungwise.table.COLUMNS` and `reason`: why the row cannot be used, or
        null. Labels lose surrounding white space; everything else is as written.
    """
    size = text_bytes(raw.cells.select(_named(columns)))
    parts = list(batches(len(raw.cells), size))
    if len(parts) < 2:
        return _table(raw, columns, source, modality, labelled=labelled, reasons=reasons)
    edges = [0, *(int(raw.lines[part.start]) for part in parts[1:]), None]
    tables = []
    for part, (begin, end) in zip(parts, itertools.pairwise(edges), strict=True):
        bad = raw.bad.filter(pl.col("line") >= begin)
        bad = bad if end is None else bad.filter(pl.col("line") < end)
        slice_ = Raw(raw.cells[part], raw.lines[part], bad)
        known = None if reasons is None else reasons[part]
        tables.append(_table(slice_, columns, source, modality, labelled=labelled, reasons=known))
    return pl.concat(tables)


def _named(columns: Columns) -> list[str]:
    return list({name for name in astuple(columns) if name is not None})


def _table(
    raw: Raw,
    columns: Columns,
    source: str,
    modality: Modality,
    *,
    labelled: bool,
    reasons: pl.Series | None,
) -> pl.DataFrame:
    text = pl.String()
    roles = {
        "id": columns.id,
        "input": columns.input,
        "expected": columns.label,
        "group": columns.group,
        "time": columns.time,
        "annotator": columns.annotator,
    }
    rows = (
        raw.cells.select(
            (pl.col(column) if column else pl.lit(None, text)).alias(role)
            for role, column in roles.items()
        )
        if raw.cells.width
        else pl.DataFrame(schema=dict.fromkeys(roles, text))
    )
    rows = rows.with_columns(
        raw.lines.alias("line"),
        (pl.lit(None, text) if reasons is None else reasons).alias("reason"),
        pl.col("expected", "id", "group").str.strip_chars(),
    )
    torn = raw.bad.select("line", "reason", "input")
    rows = pl.concat([rows, torn], how="diagonal")
    return (
        rows.with_columns(modality.problems(rows["input"]).alias("problem"))
        .sort("line", maintain_order=True)
        .with_columns(pl.lit(source).alias("source"))
        .with_columns(
            _identity(columns).alias("id"),
            known(pl.col("group")).alias("group"),
            known(pl.col("time")).alias("time"),
            known(pl.col("annotator")).alias("annotator"),
            pl.when(pl.col("expected") != "").then("expected").alias("expected"),
            pl.coalesce("reason", _trouble(columns, labelled), "problem").alias("reason"),
        )
        .select(*COLUMNS, "reason")
    )


def usable(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with no reason against them, with the columns of `rungwise.table.COLUMNS`."""
    return rows.filter(pl.col("reason").is_null()).select(COLUMNS)


def set_aside(rows: pl.DataFrame) -> pl.DataFrame:
    """The other rows, as a quarantine."""
    return quarantine.of(rows.filter(pl.col("reason").is_not_null()))


def with_times(
    rows: pl.DataFrame, column: str, source: str, form: str | None
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Write times as `2026-03-01T14:05:00.000000` in UTC, which sort by name.

    A row whose time cannot be read has a reason against it: nobody knows which part it is of.

    Raises:
        DataError: Most times cannot be read, or can be read in two ways.
    """
    good = pl.col("reason").is_null()
    read = read_times(rows["time"].set(rows["reason"].is_not_null(), None), column, source, form)
    time = read.micros.cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    unread = pl.format("{}: {}", pl.lit(UNREADABLE), pl.col("time").str.head(40))
    unread = pl.when(pl.col("time").is_null()).then(pl.lit(NO_TIME)).otherwise(unread)
    reason = pl.when(good & time.is_null()).then(unread).otherwise("reason")
    return rows.with_columns(reason.alias("reason"), time.alias("time")), read.said


def with_repeated_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """Give every later row of an id a reason; the first one stays."""
    # `nan` in many rows is no id that repeats: these rows have none.
    none = is_missing(pl.col("id")) & pl.col("id").is_duplicated()
    rows = rows.with_columns(
        reason=pl.when(pl.col("reason").is_null() & none).then(pl.lit(NO_ID)).otherwise("reason"),
        id=pl.when(none).then(_by_line()).otherwise("id"),
    )
    named = rows.filter(pl.col("reason").is_null() & pl.col("id").is_not_null())
    first = named.group_by("id").agg(pl.col("line").min().alias("first"))
    repeated = pl.col("reason").is_null() & (pl.col("line") > pl.col("first"))
    reason = pl.format("duplicate id: first at line {}", "first")
    return (
        rows.join(first, on="id", how="left", maintain_order="left")
        .with_columns(pl.when(repeated).then(reason).otherwise("reason").alias("reason"))
        .drop("first")
    )


def _identity(columns: Columns) -> pl.Expr:
    """The user's id; `line 17` where a row lacks it; the line alone where no column is named."""
    if not columns.id:
        return pl.col("line").cast(pl.String)
    return pl.when(_has_text("id")).then("id").otherwise(_by_line())


def _by_line() -> pl.Expr:
    return pl.format("line {}", pl.col("line").cast(pl.String))


def _trouble(columns: Columns, labelled: bool) -> pl.Expr:
    """Why a row cannot be used, the most telling reason first; null for a good row."""
    size = pl.col("input").str.len_bytes()
    megabytes = (size / 1_000_000).round(1)
    checks = [
        (size > LARGEST_CELL, pl.format("cell above 1 MB: {} MB", megabytes)),
        (pl.col("input").str.contains("\0", literal=True), pl.lit("NUL byte: in the input")),
        (pl.col("input").str.strip_chars().is_in(NOT_A_NUMBER), pl.lit("NaN: as the input")),
        (~_has_text("input"), pl.lit("empty input")),
    ]
    if labelled:
        checks += [
            (
                pl.col("expected").str.len_bytes() > LARGEST_CELL,
                pl.lit("cell above 1 MB: the label"),
            ),
            (pl.col("expected").str.contains("\0", literal=True), pl.lit("NUL byte: in the label")),
            (pl.col("expected").is_in(NOT_A_NUMBER), pl.lit("NaN: as the label")),
            (~_has_text("expected"), pl.lit("no label")),
        ]
        if columns.id:
            checks.append((~_has_text("id"), pl.lit(NO_ID)))
            checks.append(
                (pl.col("id").str.contains("\0", literal=True), pl.lit("NUL byte: in the id"))
            )
    return pl.coalesce(
        pl.when(wrong.fill_null(value=False)).then(reason) for wrong, reason in checks
    )


def _has_text(column: str) -> pl.Expr:
    """Whether anything is left without white space and characters of no width."""
    return pl.col(column).fill_null("").str.contains(r"[^\s\p{Cf}\p{Cc}]")
