"""Several columns of a file as one input: each under its name, in the order of the task.

A subject and a body become "subject: Late parcel\nbody: Where is it?". Cells are kept as they are,
so that a place in the input can be told as a place in the user's own cell.
"""

from __future__ import annotations

import re
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
SHORT_DISTINCT, SHORT_SHARE, SHORT_WORDS, SMALL = 30, 0.2, 2, 0.3
"""Of texts that repeat, how many distinct cells are enough, and the share that they must be. Of
short texts, such as subjects, how many words the middle cell has, and the share of cells with a
later word in small letters: names of people and of products have few."""


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


def cell_texts(texts: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
    """Take joined texts apart into cells, without the names of their columns.

    Args:
        texts: Inputs (n); null holds no cell.
        columns: Which columns are joined; each text is one cell if there are fewer than two.

    Returns:
        The columns `row` (from 0), `start` (code points, in the joined text) and `text`.
    """
    schema = {"row": pl.Int64, "start": pl.Int64, "text": pl.String}
    header = _header(columns)
    if header is None:
        rows = pl.int_range(len(texts), dtype=pl.Int64, eager=True)
        return pl.DataFrame(
            {"row": rows, "start": pl.zeros(len(texts), pl.Int64, eager=True), "text": texts}
        )
    cells = [
        (row, start, text[start:end])
        for row, text in enumerate(texts)
        if text
        for start, end in _between(text, 0, len(text), header)
    ]
    return pl.DataFrame(cells, schema, orient="row")


def longest_cells(texts: pl.Series, columns: Sequence[str]) -> pl.Series:
    """The cell with the most characters of each joined text (n): what its row is mostly written in.

    Args:
        texts: Inputs (n).
        columns: Which columns are joined; the texts themselves if there are fewer than two.
    """
    if len(columns) < 2:
        return texts
    cells = cell_texts(texts, columns).with_columns(size=pl.col("text").str.len_chars())
    longest = cells.sort("size", descending=True, maintain_order=True).unique(
        "row", keep="first", maintain_order=True
    )
    rows = pl.DataFrame({"row": pl.int_range(len(texts), dtype=pl.Int64, eager=True)})
    told = rows.join(longest.select("row", "text"), on="row", how="left", maintain_order="left")
    return told["text"].alias(texts.name)


def outside_headers(spans: pl.DataFrame, texts: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
    """Clip spans of joined texts to the cells: the name of a column is nobody's value.

    Args:
        spans: `row` (from 0), `start`, `end` (exclusive, in code points) and `kind`.
        texts: The inputs that `row` counts.
        columns: Which columns are joined; nothing changes if there are fewer than two.

    Returns:
        The same columns and order. A span over a name is what is left of it in each cell, if that
        has a letter or a digit.
    """
    header = _header(columns)
    if header is None or spans.is_empty():
        return spans
    kept: list[tuple[int, int, int, str]] = []
    for row, start, end, kind in spans.select("row", "start", "end", "kind").iter_rows():
        text = texts[row] or ""
        for begin, stop in _between(text, start, end, header):
            if (begin, stop) == (start, end):
                kept.append((row, start, end, kind))
                continue
            piece = text[begin:stop]
            if any(map(str.isalnum, piece)):
                left = len(piece) - len(piece.lstrip())
                kept.append((row, begin + left, begin + len(piece.rstrip()), kind))
    return pl.DataFrame(kept, spans.select("row", "start", "end", "kind").schema, orient="row")


def _header(columns: Sequence[str]) -> re.Pattern[str] | None:
    """The name of a column where it begins a cell; None if no columns are joined."""
    if len(columns) < 2:
        return None
    first, *others = map(re.escape, columns)
    return re.compile(rf"(?:\A{first}|\n(?:{'|'.join(others)})):(?: |\Z)")


def _between(
    text: str, start: int, end: int, header: re.Pattern[str] | None
) -> list[tuple[int, int]]:
    """The parts of a place that lie in no header; a header inside a cell counts as one, too."""
    parts, reached = [], start
    for found in header.finditer(text) if header is not None else ():
        if found.start() >= end or found.end() <= start:
            continue
        if found.start() > reached:
            parts.append((reached, found.start()))
        reached = found.end()
    return [*parts, (reached, end)] if reached < end else parts


def unread_texts(cells: pl.DataFrame, meant: Sequence[str | None]) -> list[str]:
    """The columns that hold text and have no meaning in the task, from the first thousand rows."""
    sample = cells.head(SAMPLE)
    return [column for column in sample.columns if column not in meant and _is_text(sample[column])]


def _is_text(column: pl.Series) -> bool:
    """Whether many cells differ and the middle one has some words, or two that are no name."""
    cells = column.drop_nulls().str.strip_chars()
    cells = cells.filter((cells != "") & ~cells.is_in(NOT_A_NUMBER))
    distinct = cells.n_unique() >= DISTINCT * len(cells)
    some = cells.n_unique() >= max(SHORT_DISTINCT, SHORT_SHARE * len(cells))
    if not len(cells) or not (distinct or some):
        return False
    words = cells.str.count_matches(r"[\p{L}\p{M}]{2,}")
    without_blanks = cells.str.count_matches(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}]")
    enough = (words >= WORDS) | (without_blanks >= LETTERS)
    small = cells.str.contains(r"\s[(\"'„«]?\p{Ll}{2,}")
    short = 2 * int((words >= SHORT_WORDS).sum()) > len(cells)
    subjects = short and int(small.sum()) >= SMALL * len(cells)
    return (subjects or 2 * int(enough.sum()) > len(cells)) and not _is_address(cells)


def _is_address(cells: pl.Series) -> bool:
    """Whether most cells are one path, link or code: no blank in them."""
    unbroken = ~cells.str.contains(r"\s") & cells.str.contains(r"[/\\@_]")
    return 2 * int(unbroken.sum()) > len(cells)
