"""Rows to be answered by `predict`: every one of them, in order, none dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from rungwise.data.columns import named
from rungwise.data.csv_layout import Dialect
from rungwise.data.formats import read_content, read_file
from rungwise.data.plain_lines import plain_lines
from rungwise.data.raw import Raw, no_bad_rows
from rungwise.data.rows import set_aside, table, usable
from rungwise.data.understood import understood
from rungwise.errors import DataError
from rungwise.plugins import kind_of, modality_of
from rungwise.progress import Progress
from rungwise.records import Quarantined
from rungwise.table import Inputs
from rungwise.task import Task


@dataclass(frozen=True, slots=True)
class InputsReading:
    """A file of inputs; every row of it is either in `inputs` or in `bad`.

    Attributes:
        inputs: The rows that can be answered (m), in file order.
        lines: 1-based line of each of them (m), Int64.
        expected: Their labels (m), null where a row has none; None without such a column.
        bad: The rows that cannot be answered, in file order, with line and reason.
        assumptions: Every inferred default, in words.
        rows: Every row (n), in file order: `id`, `line`, and `reason` where it cannot be answered.
        given: The user's columns (n); null in a row that could not be taken apart.
        objects: Each row as the JSON object that it is in the file (n), null where it is none;
            None for files of other formats.
    """

    inputs: Inputs
    lines: pl.Series
    expected: pl.Series | None
    bad: tuple[Quarantined, ...]
    assumptions: tuple[str, ...]
    rows: pl.DataFrame
    given: pl.DataFrame
    objects: pl.Series | None


def read_inputs(
    path: Path, task: Task, progress: Progress, dialect: Dialect | None = None
) -> InputsReading:
    """Read a file to predict on; the label column is optional.

    Args:
        path: The file.
        task: Whose columns it has.
        progress: Told how far the reading is.
        dialect: How it is written; None for what the task says of its files.

    Raises:
        DataError: The file is absent, empty or of no known format, or lacks the input column.
    """
    wanted = _wanted(task)
    name = path.name
    for file in progress.over([path], f"reading {name}", 1):
        raw, _ = read_file(
            file,
            name,
            wanted,
            nested=kind_of(task).conversations,
            dialect=dialect or Dialect.of(task.data, name),
        )
    return inputs_of(raw, task, name)


def _wanted(task: Task) -> list[str]:
    return named(task.data.model_copy(update={"group": None, "time": None, "annotator": None}))


def read_stream(stream: BinaryIO, task: Task) -> InputsReading:
    """Read rows to predict on from an open stream; their format is told by their content.

    Lines without names of columns are a text each, aloud.

    Raises:
        DataError: It is empty, of no known format, or lacks the input column.
    """
    name, content = "standard input", stream.read()
    dialect = Dialect.of(task.data, name)
    texts = _plain_lines(content, name, task, dialect)
    if texts is not None:
        return inputs_of(texts, _alone(task), name)
    raw = read_content(
        content, name, _wanted(task), nested=kind_of(task).conversations, dialect=dialect
    )
    return inputs_of(raw, task, name)


def _plain_lines(content: bytes, name: str, task: Task, dialect: Dialect) -> Raw | None:
    if not content.strip() or isinstance(task.data.input, tuple):
        return None  # several columns are in no line
    return plain_lines(content, name, task.data.input or "text", _wanted(task), dialect)


def _alone(task: Task) -> Task:
    """The task with one column of texts, which have no ids of their own."""
    one = task.data.input if isinstance(task.data.input, str) else None
    data = task.data.model_copy(update={"input": one or "text", "id": None})
    return task.model_copy(update={"data": data})


def read_texts(texts: Sequence[str | None], task: Task) -> InputsReading:
    """Take texts as they are; their ids count from 1.

    Raises:
        DataError: There is none.
    """
    alone = _alone(task)
    column = str(alone.data.input)
    cells = pl.DataFrame({column: texts}, {column: pl.String})
    lines = pl.int_range(1, len(texts) + 1, dtype=pl.Int64, eager=True)
    return inputs_of(Raw(cells, lines, no_bad_rows()), alone, "the texts")


def read_frame(frame: pl.DataFrame, task: Task) -> InputsReading:
    """Take the rows of a table (n); a row's line is its place, and `given` is the table itself.

    Raises:
        DataError: It has no row, or no input column that has a text.
    """
    from rungwise.data.parquet_rows import as_texts, find_columns

    name, table = "the frame", frame.to_arrow()
    nested = kind_of(task).conversations
    columns = find_columns(table.schema, name, _wanted(task), nested=nested)
    lines = pl.int_range(1, len(frame) + 1, dtype=pl.Int64, eager=True)
    raw = Raw(as_texts(table, columns, name), lines, no_bad_rows(), columns.said)
    return replace(inputs_of(raw, task, name), given=frame)


def inputs_of(raw: Raw, task: Task, name: str) -> InputsReading:
    """Tell what the rows of a file or of a table mean, where none needs a label.

    Raises:
        DataError: There is no row, or no input column.
    """
    # What a row to predict is labelled with, or is not, goes without saying.
    label = task.data.label if task.data.label in raw.cells.columns else None
    update = {"group": None, "time": None, "annotator": None, "label": label}
    found = understood(
        raw,
        task.data.model_copy(update=update),
        name,
        kind_of(task),
        first=False,
        label=False,
    )
    modality = modality_of(task)
    rows = table(found.raw, found.columns, name, modality, labelled=False, reasons=found.reasons)
    if rows.is_empty():
        raise DataError(f"{name} has no rows", "Give a file with at least one row.")
    good = usable(rows)
    aside = set_aside(rows).select("source", "line", "reason", "id")
    about_labels = f"column `{found.columns.label}` of {name} is taken as the label"
    said = [one for one in found.assumptions if one != about_labels]
    given, objects = _given(raw, rows["line"])
    return InputsReading(
        inputs=Inputs(good["id"], good["input"]),
        lines=good["line"],
        expected=good["expected"] if found.columns.label else None,
        bad=tuple(Quarantined(*row) for row in aside.iter_rows()),
        assumptions=(*raw.assumptions, *said),
        rows=rows.select("id", "line", "reason"),
        given=given,
        objects=objects,
    )


def _given(raw: Raw, lines: pl.Series) -> tuple[pl.DataFrame, pl.Series | None]:
    """The user's columns beside every line (n), with the types that the file says they have."""
    typed = raw.cells.with_columns(
        (pl.col(column) == "true") if kind == pl.Boolean else pl.col(column).cast(kind)
        for column, kind in raw.types.items()
    )
    places = pl.DataFrame({"line": raw.lines, "place": range(len(raw.lines))})
    place = lines.to_frame("line").join(places, on="line", how="left", maintain_order="left")
    taken = place["place"].cast(pl.UInt32)
    given = typed.select(pl.all().gather(taken)) if typed.width else typed
    return given, None if raw.objects is None else raw.objects.gather(taken)
