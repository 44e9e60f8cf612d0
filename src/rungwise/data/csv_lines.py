"""The physical lines of a delimited file, and rows whose quotation marks went wrong."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import polars as pl
import pyarrow as pa

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

    def span(self, line: int) -> slice:
        """The bytes of a line, its end included."""
        place = line - self.first
        return slice(int(self.starts[place]), int(self.starts[place + 1]))

    def text(self, line: int) -> str:
        """A line without its end."""
        return self.body[self.span(line)].decode("utf-8").rstrip("\r\n")

    def without(self, lines: Collection[int]) -> bytes:
        """The body with these lines made blank: the numbers of the others stay."""
        pieces, end = [], 0
        for line in sorted(lines):
            span = self.span(line)
            # A space, lest the line end joins a bare return before it.
            pieces += [self.body[end : span.start], b" \n"]
            end = span.stop
        return b"".join([*pieces, self.body[end:]])


def badly_quoted(rows: pl.DataFrame, body: bytes, layout: Layout) -> dict[int, str]:
    """First lines of rows that span several lines only because a quotation mark is out of place.

    A row of several lines is sound where each of its quoted cells ends before a delimiter or
    the row's end (RFC 4180).
    """
    several = rows["newlines"] > 0
    if not several.any():
        return {}
    lines = PhysicalLines(body, layout.line)
    delimiter = re.escape(layout.delimiter)
    quote = re.escape(layout.quote)
    quoted = rf"{quote}(?:[^{quote}]|{quote}{quote})*{quote}"
    cell = rf"(?:{quoted}|[^{quote}\r\n{delimiter}][^\r\n{delimiter}]*|)"
    sound = rf"\A{cell}(?:{delimiter}{cell})*(?:\r\n|\n|\r)?\z"
    texts = _texts(rows["line"], lines).filter(several)
    broken = rows["line"].filter(several).filter(~texts.str.contains(sound))
    return {line: lines.text(line) for line in broken}


def _texts(starts: pl.Series, lines: PhysicalLines) -> pl.Series:
    """What stands in the file from each row's first line to the next row's (n), uncopied."""
    begin = lines.starts[starts.to_numpy() - lines.first]
    offsets = np.append(begin, len(lines.body)).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(lines.body)]
    return pl.Series(pa.Array.from_buffers(pa.large_string(), len(begin), buffers))
