"""The documents of a task, and which of them answers which row, where the rows say so (R39)."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from rungwise.data.columns import listed
from rungwise.data.csv_layout import Dialect
from rungwise.data.documents import ID_NAMES, read_documents
from rungwise.data.formats import read_file
from rungwise.errors import DataError
from rungwise.plugins import kind_of
from rungwise.progress import Progress
from rungwise.table import Documents
from rungwise.task import Task


def documents(task: Task, folder: Path, rows: pl.DataFrame, progress: Progress) -> Documents | None:
    """Read what answers can be looked up in; None where the task names nothing.

    Args:
        task: Its `data` section names the documents, and may name the column of the rows.
        folder: Paths are relative to it.
        rows: `id`, `source` and `line` of every row that may say which document answers it.
        progress: Where guesses are said.

    Raises:
        DataError: The documents cannot be used, or the named column is not there.
    """
    if (name := task.data.documents) is None:
        return None
    found, said = read_documents(_path(name, folder), name, Dialect.of(task.data, name))
    for one in said:
        progress.say(one)
    known = found.rows["document"]
    of_row = {
        row: document
        for source in rows["source"].unique().drop_nulls().sort()
        for row, document in _of_rows(task, source, folder, rows, known, progress)
    }
    return Documents(found.source, found.digest, found.rows, found.aside, of_row)


def check_documents(task: Task, folder: Path, progress: Progress) -> Documents | None:
    """Read them once, so that what cannot be used is refused before anything is written.

    Returns:
        What the task names, without the documents of rows; None where it names nothing.

    Raises:
        DataError: They cannot be used; or the task classifies, and looks nothing up.
    """
    if (name := task.data.documents) is None:
        return None
    if not kind_of(task).searches:
        raise DataError(
            f"`data.documents` names {name}, but a task that classifies looks nothing up",
            "Leave it out, or name a metric of texts.",
        )
    found, said = read_documents(_path(name, folder), name, Dialect.of(task.data, name))
    for one in said:
        progress.say(one)
    progress.say(f"{len(found.rows):,} documents can be looked up in {name}.")
    return found


def _of_rows(
    task: Task, source: str, folder: Path, rows: pl.DataFrame, known: pl.Series, progress: Progress
) -> list[tuple[str, str]]:
    """Row id and document, of the rows of one file."""
    dialect = Dialect.of(task.data, source)
    raw, _ = read_file(_path(source, folder), source, (), nested=True, dialect=dialect)
    column = _column(task, source, raw.cells, known, progress)
    if column is None:
        return []
    named = pl.DataFrame([raw.lines.rename("line"), raw.cells[column].str.strip_chars()])
    beside = (
        rows.filter(source=source)
        .join(named, on="line")
        .filter(pl.col(column).is_in(known.implode()))
    )
    return list(beside.select("id", column).iter_rows())


def _column(
    task: Task, source: str, cells: pl.DataFrame, known: pl.Series, progress: Progress
) -> str | None:
    """The column that names documents: as the task says, else found by its name and its values."""
    asked = task.data.document
    if asked is not None and asked not in cells.columns:
        if source != task.data.source:
            return None
        raise DataError(
            f"{source} has no column `{asked}`; it has {listed(cells.columns)}",
            "Name the column whose cells are ids of documents (`data.document`).",
        )
    wanted = [asked] if asked else [c for c in cells.columns if c.lower() in ID_NAMES]
    fits = [one for one in wanted if cells[one].str.strip_chars().is_in(known.implode()).any()]
    if fits:
        if asked is None:
            progress.say(f"column `{fits[0]}` of {source} names the document that answers a row")
        return fits[0]
    if asked is not None:
        raise DataError(
            f"No cell of `{asked}` in {source} is the id of a document, such as {known[0]!r}",
            "Name another column (`data.document`), or leave it out.",
        )
    return None


def _path(name: str, folder: Path) -> Path:
    return Path(os.path.normpath(folder.resolve() / name))
