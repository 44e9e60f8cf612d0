"""How a file of each format is taken apart in blocks, by the readers of whole files."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from pyarrow import parquet

from rungwise.data import blocks
from rungwise.data.blocks import Block, State
from rungwise.data.csv_layout import FOUND, SAMPLE, Dialect, lay_out
from rungwise.data.csv_rows import read_rows
from rungwise.data.jsonl_rows import Keys, read_lines
from rungwise.data.parquet_rows import find_columns, read_groups, readable
from rungwise.data.pieces import pieces
from rungwise.data.raw import Raw, no_bad_rows

MARK = b"\xef\xbb\xbf"


class QuotesAreText(Exception):
    """A tab-delimited file whose quotation marks do not delimit cells: read it again so."""


@dataclasses.dataclass(frozen=True, slots=True)
class CsvBlocks:
    """Delimited text, valid UTF-8; arguments are those of `rungwise.data.csv_rows.read_csv`."""

    path: Path
    name: str
    asked: Sequence[str]
    tabs: bool
    quotes: bool = True
    dialect: Dialect = FOUND

    def __call__(self, state: State | None) -> Iterator[Block]:
        """Yield the blocks from a state on."""
        with self.path.open("rb") as file:
            head = file.read(SAMPLE + len(MARK))
        mark = len(MARK) if head.startswith(MARK) else 0
        layout = lay_out(head[mark:], self.name, self.asked, tabs=self.tabs, dialect=self.dialect)
        offset = state["done"] if state else mark + layout.offset
        line = state["line"] if state else layout.line
        parts = pieces(self.path, offset, blocks.BLOCK)
        body, more = next(parts, (b"", False))
        while True:
            here = dataclasses.replace(layout, line=line)
            found = read_rows(body, here, self.name, quotes=self.quotes, more=more)
            if found.quotes != self.quotes:
                raise QuotesAreText
            offset, line = offset + found.used, found.line
            if found.used:
                following = {"done": offset, "line": line} if more else None
                yield Block(found.raw, following)
            if not more:
                return
            body, more = parts.send(found.used)


@dataclasses.dataclass(frozen=True, slots=True)
class JsonlBlocks:
    """One JSON object a line; arguments are those of `rungwise.data.jsonl_rows.read_jsonl`."""

    path: Path
    name: str
    asked: Sequence[str]
    nested: bool

    def __call__(self, state: State | None) -> Iterator[Block]:
        """Yield the blocks from a state on."""
        with self.path.open("rb") as file:
            mark = len(MARK) if file.read(len(MARK)) == MARK else 0
        offset, line = (state["done"], state["line"]) if state else (mark, 1)
        keys = Keys(**state["keys"]) if state else None
        parts = pieces(self.path, offset, blocks.BLOCK)
        body, more = next(parts, (b"", False))
        while True:
            raw, keys = read_lines(
                body, self.name, self.asked, nested=self.nested, first=line, keys=keys
            )
            offset, line = offset + len(body), line + body.count(b"\n")
            told = {"done": offset, "line": line, "keys": dataclasses.asdict(keys)}
            yield Block(raw, told if more else None)
            if not more:
                return
            body, more = parts.send(len(body))


@dataclasses.dataclass(frozen=True, slots=True)
class ParquetBlocks:
    """Some rows of a Parquet file at a time; the smallest unit that is decoded is its row group."""

    path: Path
    name: str
    asked: Sequence[str]
    nested: bool

    def __call__(self, state: State | None) -> Iterator[Block]:
        """Yield the blocks from a state on."""
        with readable(self.name), parquet.ParquetFile(self.path) as file:
            facts = file.metadata
            columns = find_columns(file.schema_arrow, self.name, self.asked, nested=self.nested)
            share = self.path.stat().st_size / max(1, facts.num_rows)
            begin = state["row"] if state else 0
            for groups in _runs(facts, begin):
                cells = read_groups(file, groups, columns, self.name)
                end = begin + sum(facts.row_group(place).num_rows for place in groups)
                lines = pl.int_range(begin + 1, end + 1, dtype=pl.Int64, eager=True)
                following = {"row": end, "done": int(end * share)} if end < facts.num_rows else None
                yield Block(Raw(cells, lines, no_bad_rows(), columns.said), following)
                begin = end


def _runs(facts: Any, row: int) -> Iterator[list[int]]:
    """Row groups from a row on, small ones together."""
    run: list[int] = []
    size, end = 0, 0
    for place in range(facts.num_row_groups):
        group = facts.row_group(place)
        end += group.num_rows
        if end <= row:
            continue
        run.append(place)
        size += group.total_byte_size
        if size >= blocks.BLOCK or place == facts.num_row_groups - 1:
            yield run
            run, size = [], 0
