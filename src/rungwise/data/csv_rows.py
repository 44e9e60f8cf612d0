"""Delimited text: every row with the line where it begins, bad rows with a reason."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from rungwise.data.csv_layout import FOUND, Dialect, Layout, lay_out
from rungwise.data.raw import BAD_SCHEMA, BROKEN_CELL, Raw

AT_ONCE = 1 << 14
"""Rows that are lists of cells before they become columns."""
LINE = re.compile(r"[^\r\n]*+(?:\r\n|\n|\r)|[^\r\n]++")
"""A physical line with its end."""
UNBALANCED = "unbalanced quotation mark: it opens a cell that is never closed"


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
        DataError: There is no header.
    """
    layout = lay_out(content, name, asked, tabs=tabs, dialect=dialect)
    return read_rows(content[layout.offset :], layout, name, quotes=layout.quote != "").raw


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

    If the file goes on behind the body (`more`), the last row is left to what comes: only the lines
    behind it tell whether a quotation mark in it is closed.
    """
    lines = LINE.findall(body.decode("utf-8"))
    rows = _parse(lines, layout, quotes=quotes, more=more)
    if rows.broken and layout.delimiter == "\t" and layout.quote == '"':
        quotes = False
        rows = _parse(lines, layout, quotes=quotes, more=more)
    used = len("".join(lines[: rows.end]).encode("utf-8")) if more else len(body)
    raw = Raw(
        rows.table(distinct(layout.names)),
        pl.Series("line", rows.starts, pl.Int64) + layout.line,
        pl.DataFrame(
            [(line + layout.line, why, text) for line, why, text in rows.bad],
            BAD_SCHEMA,
            orient="row",
        ),
        tuple(_said(layout, name, quotes=quotes)),
    )
    return Found(raw, used, layout.line + rows.end, quotes)


def _said(layout: Layout, name: str, *, quotes: bool) -> list[str]:
    said = [layout.assumption] if layout.assumption else []
    repeated = [column for column, count in Counter(layout.names).items() if count > 1 and column]
    said += [f"{name} has several columns `{column}`; the first is used" for column in repeated]
    return (
        said
        if quotes or not layout.quote
        else [*said, f"quotation marks in {name} are read as text"]
    )


@dataclass(slots=True)
class _Rows:
    """Rows of a body; lines are counted from 0.

    `end` is the line behind the last row, `broken` says that a quotation mark was out of place.
    """

    cells: list[list[str]] = field(default_factory=list)
    columns: list[list[pl.Series]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    bad: list[tuple[int, str, str]] = field(default_factory=list)
    end: int = 0
    broken: bool = False

    def keep(self) -> None:
        """Turn the cells into columns: a million lists would keep the garbage collector busy."""
        if self.cells:
            made = zip(*self.cells, strict=True)
            self.columns.append([pl.Series("", cells, pl.String) for cells in made])
            self.cells.clear()

    def table(self, names: Sequence[str]) -> pl.DataFrame:
        """All rows, as strings."""
        self.keep()
        empty = [pl.Series(name, [], pl.String) for name in names]
        parts = zip(*self.columns, strict=True) if self.columns else ([],) * len(names)
        return pl.DataFrame(
            [pl.concat([none, *some]) for none, some in zip(empty, parts, strict=True)]
        )


def _parse(lines: Sequence[str], layout: Layout, *, quotes: bool, more: bool) -> _Rows:
    rows, sound = _Rows(), _sound(layout) if quotes else None
    while rows.end < len(lines):
        behind = _go_on(rows, lines, layout, sound, more=more)
        if behind is None:
            return rows  # the last row is left to what comes
        if rows.end < behind:  # a quotation mark swallowed the rows behind its line
            text = lines[rows.end].rstrip("\r\n")
            rows.broken = True
            if text.strip(" "):
                rows.bad.append((rows.end, UNBALANCED, text))
            rows.end += 1
    return rows


def _go_on(
    rows: _Rows,
    lines: Sequence[str],
    layout: Layout,
    sound: re.Pattern[str] | None,
    *,
    more: bool,
) -> int | None:
    """Read rows up to the end, or to one that spans lines although no cell of it is well quoted.

    Returns the line behind that row, which is not among `rows`; None for a last row that waits.
    """
    first, wide, end = rows.end, len(layout.names), rows.end
    cells, starts = rows.cells, rows.starts
    reader = _reader(lines, first, layout, quotes=sound is not None)
    for row in reader:
        begin, end = end, first + int(reader.line_num)
        last = end == len(lines)
        if last or end - begin > 1:
            text = "".join(lines[begin:end])
            several = end - begin > 1 or (row and row[-1].endswith(("\n", "\r")))
            broken = several and sound is not None and not sound.fullmatch(text)
            if last and more and not (broken and len(text.encode("utf-8")) > BROKEN_CELL):
                rows.end = begin
                return None
            if broken:
                rows.end = begin
                return end
        if len(row) == wide and row[0]:  # what most rows are
            cells.append(row)
            starts.append(begin)
            if len(cells) == AT_ONCE:
                rows.keep()
        elif (text := "".join(lines[begin:end]).rstrip("\r\n")).strip(" ") or (
            len(row) == wide and text
        ):
            if len(row) == wide:
                cells.append(row)
                starts.append(begin)
            else:
                wrong = f"wrong number of fields: {len(row)} instead of {wide}"
                rows.bad.append((begin, wrong, text))
    rows.end = end
    return end


def _sound(layout: Layout) -> re.Pattern[str]:
    """A row whose quoted cells each end before a delimiter or the row's end (RFC 4180)."""
    delimiter, quote = re.escape(layout.delimiter), re.escape(layout.quote)
    quoted = rf"{quote}(?:[^{quote}]|{quote}{quote})*+{quote}"
    cell = rf"(?:{quoted}|[^{quote}\r\n{delimiter}][^\r\n{delimiter}]*+|)"
    return re.compile(rf"{cell}(?:{delimiter}{cell})*+(?:\r\n|\n|\r)?")


def _reader(lines: Sequence[str], first: int, layout: Layout, *, quotes: bool) -> Any:
    rest = (lines[place] for place in range(first, len(lines)))
    if not quotes:
        return csv.reader(rest, delimiter=layout.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(rest, delimiter=layout.delimiter, quotechar=layout.quote)


def distinct(names: tuple[str, ...]) -> list[str]:
    """Tell column names apart: a repeated or empty one is told apart by its place."""
    return [
        name if name and names.index(name) == place else f"{name or 'column'}#{place + 1}"
        for place, name in enumerate(names)
    ]
