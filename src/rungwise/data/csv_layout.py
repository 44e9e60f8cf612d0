"""How a delimited file is laid out: its delimiter, its header, where its rows begin."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from rungwise.data_section import Data
from rungwise.errors import DataError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
NO_DELIMITER = "\x1f"
"""The unit separator: a file of one column is read with it, so that commas stay text."""
SEPARATOR = re.compile(r'\s*"?sep=([^\s"])"?\r?\n', re.IGNORECASE)
"""A first line that Excel writes and understands."""
csv.field_size_limit((1 << 31) - 1)  # large cells are judged row by row
SAMPLE = 1 << 18
SAMPLE_ROWS = 200


WORDS = {name: sign for sign, name in DELIMITERS.items()} | {"\\t": "\t", "space": " "}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written, as the user says; None is found.

    Attributes:
        encoding: Such as `cp1250`.
        delimiter: One character, between the cells of a delimited file.
        quote: One character, around its cells; "" where quotation marks are text.
        sheet: Of a workbook.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    sheet: str | None = None

    @staticmethod
    def of(data: Data, name: str) -> Dialect:
        """What the task says about a file, by its path as the task writes it.

        Raises:
            DataError: A delimiter or quotation mark is not one character.
        """
        encoding, delimiter, quote, sheet = (
            said.get(name) if isinstance(said, dict) else said
            for said in (data.encoding, data.delimiter, data.quote, data.sheet)
        )
        if delimiter is not None:
            delimiter = _sign(WORDS.get(delimiter, delimiter), "delimiter")
        if quote is not None:
            quote = "" if quote in ("none", "") else _sign(quote, "quote")
        if delimiter is not None and delimiter == quote:
            raise DataError(
                f"`data.delimiter` and `data.quote` are both {quote!r}", "Say two that differ."
            )
        return Dialect(encoding, delimiter, quote, sheet)


FOUND = Dialect()
"""Nothing is said: everything is found."""


def _sign(said: str, key: str) -> str:
    if len(said) == 1 and said.isascii() and said not in "\r\n":
        return said
    raise DataError(
        f"`data.{key}` is {said!r}, which is not one ASCII character",
        "Write it as one character, or as `tab`." if key == "delimiter" else 'Write " or `none`.',
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows are.

    Attributes:
        delimiter: One character.
        quote: One character; "" where quotation marks are text.
        names: The header, without surrounding white space.
        offset: Byte where the first row begins.
        line: 1-based line where the first row begins.
        assumption: What was inferred, or None.
    """

    delimiter: str
    quote: str
    names: tuple[str, ...]
    offset: int
    line: int
    assumption: str | None


def lay_out(
    content: bytes, name: str, asked: Sequence[str], *, tabs: bool, dialect: Dialect = FOUND
) -> Layout:
    """Find delimiter and header of valid UTF-8 `content`.

    Args:
        content: The file without a byte order mark.
        name: The file, for messages.
        asked: Column names that the user gave: the delimiter that finds them is right.
        tabs: The extension says that tabs delimit.
        dialect: What the user says.

    Raises:
        DataError: There is no header that can be read.
    """
    quote = '"' if dialect.quote is None else dialect.quote
    sample = content[:SAMPLE].decode("utf-8", errors="ignore")
    if excel := SEPARATOR.match(sample):
        told = dialect if dialect.delimiter else replace(dialect, delimiter=excel[1])
        rest = content[len(excel[0].encode("utf-8")) :]
        layout = lay_out(rest, name, asked, tabs=tabs, dialect=told)
        return replace(
            layout,
            offset=layout.offset + len(content) - len(rest),
            line=layout.line + excel[0].count("\n"),
            assumption=f"{name} says `sep={excel[1]}` in its first line",
        )
    blank = len(sample) - len(sample.lstrip("\r\n"))
    stated = dialect.delimiter
    if stated is not None and not _finds_more(sample, name, quote, asked, stated):
        delimiter, assumption = stated, None
    elif tabs and _score(sample, "\t", quote, asked) > (0, 0.0):
        delimiter, assumption = "\t", None
    else:
        delimiter, assumption = _sniff(sample, name, quote, asked)
        if stated is not None:
            assumption = (
                f"{name} is delimited by the {DELIMITERS[delimiter]}, which finds its columns, and "
                f"not by {stated!r} as `data.delimiter` says"
            )
    reader = _reader(sample, delimiter, quote)
    try:
        header = next((row for row in reader if row), None)
    except csv.Error as error:
        raise DataError(
            f"The header of {name} cannot be read: {error}",
            "The first line must name the columns.",
        ) from error
    if header is None or (not sample.strip() and not blank):
        raise DataError(f"{name} is empty", "Give a file with a header and rows.")
    names = tuple(cell.strip() for cell in header)
    lines = itertools.islice(io.StringIO(sample, newline=""), reader.line_num)
    offset = len("".join(lines).encode("utf-8"))
    return Layout(delimiter, quote, names, offset, reader.line_num + 1, assumption)


def _finds_more(sample: str, name: str, quote: str, asked: Sequence[str], stated: str) -> bool:
    """Whether another delimiter finds columns of the task, and the stated one none of them."""
    if _score(sample, stated, quote, asked)[0]:
        return False
    return _score(sample, _sniff(sample, name, quote, asked)[0], quote, asked)[0] > 0


def _sniff(sample: str, name: str, quote: str, asked: Sequence[str]) -> tuple[str, str | None]:
    """The delimiter that finds the asked columns, or gives most rows as many cells as the header.

    Ties go to the comma.
    """
    scores = {delimiter: _score(sample, delimiter, quote, asked) for delimiter in DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    if scores[best] == (0, 0.0):
        return NO_DELIMITER, f"{name} has one column; commas in it are text"
    if best == ",":
        return best, None
    return best, f"{name} is delimited by the {DELIMITERS[best]}"


def _score(sample: str, delimiter: str, quote: str, asked: Sequence[str]) -> tuple[int, float]:
    """Asked columns found, and the share of sampled rows as wide as a header of two or more."""
    reader = _reader(sample, delimiter, quote)
    rows = list(itertools.islice((row for row in reader if row), SAMPLE_ROWS))
    if not rows or len(rows[0]) < 2:
        return 0, 0.0
    found = len(set(asked) & {cell.strip() for cell in rows[0]})
    widths = Counter(len(row) for row in rows)
    return found, widths[len(rows[0])] / len(rows)


def _reader(sample: str, delimiter: str, quote: str) -> Any:
    text = io.StringIO(sample, newline="")
    if not quote:
        return csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(text, delimiter=delimiter, quotechar=quote)
