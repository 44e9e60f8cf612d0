"""The physical lines of a delimited file, and rows whose quotation marks went wrong."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import polars as pl

from rungwise.data.csv_layout import Layout


class PhysicalLines:
    """Byte ranges of the lines of `body`; `first` is the number of its first line."""

    def __init__(self, body: bytes, first: int) -> None:
        self.body = body
        self.first = first
        codes = np.frombuffer(body, np.uint8)
        feed, lone_return = codes == ord("\n"), codes == ord("\r")
        lone_return[:-1] &= ~feed[1:]
        self.starts = np.concatenate(([0], np.flatnonzero(feed | lone_return) + 1, [len(body)]))

    def span(self, line: int, count: int = 1) -> slice:
        """The bytes of `count` lines from `line` on, line ends included."""
        place = line - self.first
        last = min(place + count, len(self.starts) - 1)
        return slice(int(self.starts[place]), int(self.starts[last]))

    def text(self, line: int, count: int = 1) -> str:
        """The lines without their last line end."""
        text = self.body[self.span(line, count)].decode("utf-8")
        return re.sub(r"(\r\n|\n|\r)\Z", "", text)

    def without(self, lines: Collection[int]) -> bytes:
        """The body with these lines made blank: the numbers of the others stay."""
        pieces, end = [], 0
        for line in sorted(lines):
            span = self.span(line)
            pieces += [self.body[end : span.start], b"\n"]
            end = span.stop
        return b"".join([*pieces, self.body[end:]])


def badly_quoted(rows: pl.DataFrame, body: bytes, layout: Layout) -> dict[int, str]:
    """First lines of rows that span several lines only because a quotation mark is out of place.

    A row of several lines is sound where each of its quoted cells ends before a delimiter or
    the row's end (RFC 4180).
    """
    several = rows.filter(pl.col("newlines") > 0).select("line", "newlines")
    if several.is_empty():
        return {}
    lines = PhysicalLines(body, layout.line)
    texts = pl.Series(
        [lines.text(line, newlines + 1) for line, newlines in several.iter_rows()],
        dtype=pl.String,
    )
    delimiter = re.escape(layout.delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"\r\n{delimiter}][^\r\n{delimiter}]*|)'
    sound = texts.str.contains(rf"\A{cell}(?:{delimiter}{cell})*\z")
    return {line: lines.text(line) for line in several.filter(~sound)["line"]}
