"""Delimited text, columnar: every row with the line where it begins, bad rows with a reason.

Arrow takes the bytes apart and hands over the rows of a wrong width; line numbers follow from
the newlines inside the cells, by cumulative sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from rungwise.data.csv_layout import FOUND, Dialect, Layout, lay_out
from rungwise.data.csv_lines import PhysicalLines, badly_quoted
from rungwise.data.raw import BAD_SCHEMA, BROKEN_CELL, Raw
from rungwise.errors import DataError

BLOCK = 1 << 26
LONGEST = (1 << 31) - 2
"""Arrow counts a block's bytes in 32 bits."""


def read_csv(
    content: bytes, name: str, asked: Sequence[str], *, tabs: bool, dialect: Dialect = FOUND
) -> Raw:
    """Read delimited text with a header.

    A line whose quotation mark opens a cell that never closes properly would swallow the rows
    after it: the line is set aside and reading goes on behind it. In tab-delimited files
    quotation marks are then taken as text.

    Args:
        content: Valid UTF-8 without a byte order mark.
        name: The file, for messages.
        asked: Column names that the user gave.
        tabs: The extension says that tabs delimit.
        dialect: What the user says of delimiter and quotation marks.

    Raises:
        DataError: There is no header, or a row is longer than two gigabytes.
    """
    layout = lay_out(content, name, asked, tabs=tabs, dialect=dialect)
    quotes = layout.quote != ""
    return read_rows(content[layout.offset :], layout, name, quotes=quotes).raw


@dataclass(frozen=True, slots=True)
class Found:
    """What a body holds.

    Attributes:
        raw: Its rows.
        used: Bytes of the body that they stand in: all, unless the file goes on behind it.
        line: The line behind them.
        quotes: Whether quotation marks delimit cells; else they are text.
    """

    raw: Raw
    used: int
    line: int
    quotes: bool


def read_rows(
    body: bytes, layout: Layout, name: str, *, quotes: bool = True, more: bool = False
) -> Found:
    """Read what follows the header, or whole lines of it.

    Where the file goes on behind the body (`more`), the last row is left to what comes: only the
    lines behind it tell whether a quotation mark in it is closed.

    Raises:
        DataError: A row is longer than two gigabytes.
    """
    whole, aside = body, dict[int, str]()
    rows = _parse(body, layout, name, quotes=quotes)
    while quotes and (broken := _broken(rows, body, layout, more=more)):
        if layout.delimiter == "\t" and layout.quote == '"':
            quotes = False
        else:  # stray marks pair up: each round finds at least every other one
            aside |= broken
            body = PhysicalLines(body, layout.line).without(broken)
        rows = _parse(body, layout, name, quotes=quotes)
    lines = PhysicalLines(whole, layout.line) if more and len(rows) else None
    line = int(rows["line"][-1]) if lines else 0
    if lines:
        rows = rows.filter(pl.col("line") < line)
        aside = {at: text for at, text in aside.items() if at < line}
    raw = _assembled(rows, aside, body, layout, _said(layout, name, quotes=quotes))
    return Found(raw, lines.span(line).start if lines else len(whole), line, quotes)


def _broken(rows: pl.DataFrame, body: bytes, layout: Layout, *, more: bool) -> dict[int, str]:
    broken = badly_quoted(rows, body, layout)
    if not (more and broken):
        return broken
    last = int(rows["line"][-1])
    held = len(body) - PhysicalLines(body, layout.line).span(last).start
    return broken if held > BROKEN_CELL else {at: row for at, row in broken.items() if at != last}


def _said(layout: Layout, name: str, *, quotes: bool) -> list[str]:
    said = [layout.assumption] if layout.assumption else []
    repeated = [column for column, count in Counter(layout.names).items() if count > 1 and column]
    said += [f"{name} has several columns `{column}`; the first is used" for column in repeated]
    return (
        said
        if quotes or not layout.quote
        else [*said, f"quotation marks in {name} are read as text"]
    )


def _parse(body: bytes, layout: Layout, name: str, *, quotes: bool) -> pl.DataFrame:
    """Rows in file order.

    Columns: the cells under "0", "1", …; `line`; `newlines` inside the row; and, for rows of
    a wrong width, `width` and `text` in place of cells.
    """
    columns = [str(number) for number in range(len(layout.names))]
    wrong: list[tuple[int, int, str]] = []

    def note(row: Any) -> str:
        wrong.append((row.number, row.actual_columns, row.text))
        return "skip"

    def attempt(block: int) -> pa.Table:
        wrong.clear()
        return arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, column_names=columns, block_size=min(block, len(body))
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char=layout.quote if quotes else False,
                newlines_in_values=quotes,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), check_utf8=False
            ),
        )

    if not body:
        table = pa.table({column: pa.array([], pa.string()) for column in columns})
    else:
        try:
            table = attempt(BLOCK)
        except pa.ArrowInvalid:  # a row longer than the block
            try:
                table = attempt(LONGEST)
            except pa.ArrowInvalid as error:
                fact = f"{name} cannot be read: {str(error).splitlines()[0][:200]}"
                raise DataError(fact, "Correct the file.") from error
    return _numbered(table, wrong, layout.line)


def _numbered(table: pa.Table, wrong: list[tuple[int, int, str]], first: int) -> pl.DataFrame:
    """Each row takes one line, and one more for each newline inside it."""
    bad = pl.DataFrame(
        wrong, {"row": pl.Int64, "width": pl.Int64, "text": pl.String}, orient="row"
    ).with_columns(newlines=pl.Series(_newlines([row[2] for row in wrong]), dtype=pl.Int64))
    is_bad = np.zeros(table.num_rows + len(bad), bool)
    is_bad[bad["row"].to_numpy() - 1] = True
    inside = np.zeros(table.num_rows, np.int64)
    for column in table.columns:
        inside += _newlines(column)
    good = pl.DataFrame(pl.from_arrow(table)).with_columns(
        row=pl.Series(np.flatnonzero(~is_bad) + 1, dtype=pl.Int64),
        newlines=pl.Series(inside, dtype=pl.Int64),
    )
    rows = pl.concat([good, bad], how="diagonal").sort("row")
    before = pl.col("newlines").cum_sum() - pl.col("newlines")
    return rows.with_columns(line=first - 1 + pl.col("row") + before).drop("row")


def _newlines(cells: Any) -> Any:
    """Line ends in each cell as int64 (n): `\\n`, `\\r\\n` and `\\r` count once."""
    if isinstance(cells, list):
        cells = pl.Series(cells, dtype=pl.String).to_arrow()
    # Through polars: pyarrow imports pandas, if it is installed, to read lists or give arrays.
    feeds, returns, pairs = (
        pl.Series(pc.count_substring(cells, mark)).to_numpy() for mark in ("\n", "\r", "\r\n")
    )
    return (feeds + returns - pairs).astype(np.int64)


def _assembled(
    rows: pl.DataFrame, aside: dict[int, str], body: bytes, layout: Layout, said: list[str]
) -> Raw:
    cells = [str(number) for number in range(len(layout.names))]
    rows = rows.filter(~pl.col("line").is_in(list(aside)))
    rows = _without_blank_lines(rows, cells, body, layout)
    wide = len(layout.names)
    bad = rows.filter(pl.col("width").is_not_null()).select(
        "line",
        pl.format("wrong number of fields: {} instead of {}", "width", pl.lit(wide)).alias(
            "reason"
        ),
        pl.col("text").alias("input"),
    )
    quoted = pl.DataFrame(
        {
            "line": list(aside),
            "reason": ["unbalanced quotation mark: it opens a cell that is never closed"]
            * len(aside),
            "input": list(aside.values()),
        },
        BAD_SCHEMA,
    )
    rows = rows.filter(pl.col("width").is_null())
    named = rows.select(cells).rename(dict(zip(cells, distinct(layout.names), strict=True)))
    return Raw(named, rows["line"], pl.concat([bad, quoted]).sort("line"), tuple(said))


def _without_blank_lines(
    rows: pl.DataFrame, cells: list[str], body: bytes, layout: Layout
) -> pl.DataFrame:
    """Arrow gives a blank line as a row of empty cells, or as one cell of white space."""
    hollow = pl.all_horizontal(pl.col(cells) == "").fill_null(value=False)
    spaces = pl.col("text").str.strip_chars(" ") == ""
    suspects = rows.filter(hollow)["line"]
    lines = PhysicalLines(body, layout.line) if len(suspects) else None
    blank = [line for line in suspects if lines and not lines.text(line).strip(" ")]
    return rows.filter(~spaces.fill_null(value=False) & ~(hollow & pl.col("line").is_in(blank)))


def distinct(names: tuple[str, ...]) -> list[str]:
    """Tell column names apart: a repeated or empty one is told apart by its place."""
    return [
        name if name and names.index(name) == place else f"{name or 'column'}#{place + 1}"
        for place, name in enumerate(names)
    ]
