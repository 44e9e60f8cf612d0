"""Standard input that is no table: a text a line, as `echo` and `grep` write them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import polars as pl

from rungwise.data.columns import IDENTITY_NAMES, INPUT_NAMES, LABEL_NAMES
from rungwise.data.csv_layout import DELIMITERS, Dialect
from rungwise.data.encoding import decode
from rungwise.data.raw import Raw, no_bad_rows, set_undecodable_aside

BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1", b"\x1f\x8b", b"{")
"""How files of other formats begin."""
NAMES = frozenset({*INPUT_NAMES, *LABEL_NAMES, *IDENTITY_NAMES})
WORDS = 3
"""Words of a cell from which it is no name of a column."""


def plain_lines(
    content: bytes, name: str, column: str, asked: Sequence[str], dialect: Dialect
) -> Raw | None:
    """Texts that stand in lines, or in a JSON list; None if the first line names columns.

    Args:
        content: What was written to standard input.
        name: Of it, for messages.
        column: What the column of texts is called.
        asked: Column names of the task.
        dialect: How it is written, as the user says: who names a delimiter gives a table.

    Raises:
        DataError: The bytes are no text.
    """
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if dialect.delimiter is not None or start.startswith(BINARY):
        return None
    text = decode(content, name, dialect.encoding)
    plain = text.content.decode("utf-8")
    texts = _listed(plain) if start.startswith(b"[") else _lines(plain, asked)
    if not texts:
        return None
    kind = "items of its list" if start.startswith(b"[") else "lines"
    said = [text.assumption] if text.assumption else []
    said.append(f"{name} has no names of columns: each of the {len(texts):,} {kind} is a text")
    cells = pl.DataFrame({column: texts}, {column: pl.String})
    places = pl.int_range(1, len(texts) + 1, dtype=pl.Int64, eager=True)
    raw = Raw(cells, places, no_bad_rows(), tuple(said))
    return set_undecodable_aside(raw, text.marker)


def _listed(plain: str) -> list[str] | None:
    try:
        items = json.loads(plain)
    except (ValueError, RecursionError):
        return None
    return items if all(isinstance(one, str) for one in items) else None


def _lines(plain: str, asked: Sequence[str]) -> list[str] | None:
    lines = plain.removesuffix("\n").split("\n")
    lines = [line.removesuffix("\r") for line in lines]
    first = lines[0].strip()
    if not first or first.lower().startswith("sep="):
        return None
    cells = [cell.strip(" \"'") for cell in re.split("|".join(map(re.escape, DELIMITERS)), first)]
    if {*asked} & {*cells} or NAMES & {cell.lower() for cell in cells}:
        return None
    # A comma that a space follows is one of a sentence.
    least = 2 if len(cells) == 1 or re.search("[,;] ", first) else WORDS
    if len(lines) > 1 and all(len(cell.split()) < least for cell in cells):
        return None
    return lines
