"""Several columns of a file as one input: each under its name, in the order of the task.

A subject and a body become "subject: Late parcel\nbody: Where is it?". Cells are kept as they are,
so that a place in the input can be told as a place in the user's own cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from rungwise.data.raw import Raw
from rungwise.data.rows import NOT_A_NUMBER
from rungwise.data.spool import Spool, batches, text_bytes

IN_MEMORY = 1 << 26
"""Bytes of text from which joined texts are laid on disk, if there is a place for them."""
SAMPLE, DISTINCT, WORDS, LETTERS = 1000, 0.5, 3, 12
"""Rows that are looked at for text; the share of distinct cells, and how many words (or letters, in
scripts without blanks) the middle cell of a column of text has."""


def join_inputs(raw: Raw, columns: Sequence[str], spool: Spool | None = None) -> tuple[Raw, str]:
    """Add the joined column to a file's cells.

    An empty cell keeps its name; a row in which no cell has text has no input.

    Args:
        raw: The file's cells.
        columns: Which of them are joined.
        spool: Where many texts are laid; in memory if left out.

    Returns:
        The cells with one more column, and its name.
    """
    name = " + ".join(columns)
    while name in raw.cells.columns:
        name += "+"
    cells = raw.cells.select(columns)
    size = text_bytes(cells)
    if spool is None or size < IN_MEMORY:
        joined = _joined(cells, columns, name)
    else:
        parts = list(batches(len(cells), size))
        for number, part in enumerate(parts):
            if spool.notes(number) is None:
                spool.keep(number, _joined(cells[part], columns, name).to_frame(), {})
        joined = spool.rows(len(parts))[name]
    inside = raw.inside.filter(pl.col("column").is_in(columns)).with_columns(column=pl.lit(name))
    return replace(
        raw, cells=raw.cells.with_columns(joined), inside=pl.concat([raw.inside, inside])
    ), name


def _joined(cells: pl.DataFrame, columns: Sequence[str], name: str) -> pl.Series:
    written = cells.select(
        pl.when(~pl.col(column).str.strip_chars().is_in(NOT_A_NUMBER)).then(column).alias(str(at))
        for at, column in enumerate(columns)
    )
    some = pl.any_horizontal(pl.all().str.contains(r"\S").fill_null(value=False))
    named = [
        pl.lit(f"{column}: ") + pl.col(str(at)).fill_null("") for at, column in enumerate(columns)
    ]
    return written.select(pl.when(some).then(pl.concat_str(named, separator="\n")).alias(name))[
        name
    ]


def place_in_cell(
    text: str, columns: Sequence[str], start: int, end: int
) -> tuple[str, int, int] | None:
    """Tell a place in a joined text (code points, end exclusive) as one in a cell of the file.

    Returns:
        The column and the place in its cell; None if the place is not inside one cell, or if a
        cell holds what separates the columns, so that the text can be taken apart in two ways.
    """
    begin = 0
    found = None
    for at, column in enumerate(columns):
        begin += len(f"{column}: ") + (at > 0)
        marker = f"\n{columns[at + 1]}: " if at + 1 < len(columns) else None
        if marker is not None and text.count(marker) != 1:
            return None
        stop = len(text) if marker is None else text.find(marker)
        if begin <= start and end <= stop:
            found = column, start - begin, end - begin
        begin = stop
    return found


def unread_texts(cells: pl.DataFrame, meant: Sequence[str | None]) -> list[str]:
    """The columns that hold text and have no meaning in the task, from the first thousand rows."""
    sample = cells.head(SAMPLE)
    return [column for column in sample.columns if column not in meant and _is_text(sample[column])]


def _is_text(column: pl.Series) -> bool:
    """Whether most cells differ and the middle one has some words."""
    cells = column.drop_nulls().str.strip_chars()
    cells = cells.filter((cells != "") & ~cells.is_in(NOT_A_NUMBER))
    if not len(cells) or cells.n_unique() < DISTINCT * len(cells):
        return False
    words = cells.str.count_matches(r"[\p{L}\p{M}]{2,}")
    without_blanks = cells.str.count_matches(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}]")
    enough = (words >= WORDS) | (without_blanks >= LETTERS)
    return 2 * int(enough.sum()) > len(cells) and not _is_address(cells)


def _is_address(cells: pl.Series) -> bool:
    """Whether most cells are one path, link or code: no blank in them."""
    unbroken = ~cells.str.contains(r"\s") & cells.str.contains(r"[/\\@_]")
    return 2 * int(unbroken.sum()) > len(cells)
