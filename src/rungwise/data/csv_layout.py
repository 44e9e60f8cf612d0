"""How a delimited file is laid out: its delimiter, its header, where its rows begin."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rungwise.errors import DataError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
NO_DELIMITER = "\x1f"
"""The unit separator: a file of one column is read with it, so that commas stay text."""
SAMPLE = 1 << 18
SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows are.

    Attributes:
        delimiter: One character.
        names: The header, without surrounding white space.
        offset: Byte where the first row begins.
        line: 1-based line where the first row begins.
        assumption: What was inferred, or None.
    """

    delimiter: str
    names: tuple[str, ...]
    offset: int
    line: int
    assumption: str | None


def lay_out(content: bytes, name: str, asked: Sequence[str], *, tabs: bool) -> Layout:
    """Find delimiter and header of valid UTF-8 `content`.

    Args:
        content: The file without a byte order mark.
        name: The file, for messages.
        asked: Column names that the user gave: the delimiter that finds them is right.
        tabs: The extension says that tabs delimit.

    Raises:
        DataError: There is no header that can be read.
    """
    sample = content[:SAMPLE].decode("utf-8", errors="ignore")
    blank = len(sample) - len(sample.lstrip("\r\n"))
    if tabs and _score(sample, "\t", asked) > (0, 0.0):
        delimiter, assumption = "\t", None
    else:
        delimiter, assumption = _sniff(sample, name, asked)
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
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
    return Layout(delimiter, names, offset, reader.line_num + 1, assumption)


def _sniff(sample: str, name: str, asked: Sequence[str]) -> tuple[str, str | None]:
    """The delimiter that finds the asked columns, or gives most rows as many cells as the header.

    Ties go to the comma.
    """
    scores = {delimiter: _score(sample, delimiter, asked) for delimiter in DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    if scores[best] == (0, 0.0):
        return NO_DELIMITER, f"{name} has one column; commas in it are text"
    if best == ",":
        return best, None
    return best, f"{name} is delimited by the {DELIMITERS[best]}"


def _score(sample: str, delimiter: str, asked: Sequence[str]) -> tuple[int, float]:
    """Asked columns found, and the share of sampled rows as wide as a header of two or more."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):  # a huge cell ends the sample
        rows.extend(itertools.islice((row for row in reader if row), SAMPLE_ROWS))
    if not rows or len(rows[0]) < 2:
        return 0, 0.0
    found = len(set(asked) & {cell.strip() for cell in rows[0]})
    widths = Counter(len(row) for row in rows)
    return found, widths[len(rows[0])] / len(rows)
