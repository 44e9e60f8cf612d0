"""Rows to be answered by `predict`: every one of them, in order, the bad ones named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rungwise.data.columns import find
from rungwise.data.formats import read_file
from rungwise.data.rows import set_aside, table
from rungwise.errors import DataError
from rungwise.progress import Progress
from rungwise.table import Inputs
from rungwise.task import Task


@dataclass(frozen=True, slots=True)
class InputsReading:
    """A file of inputs.

    Attributes:
        inputs: Every row of the file (n), in order; a bad row's value may be null.
        usable: Whether each row can be answered (n), Boolean.
        lines: 1-based line of each row (n), Int64.
        expected: Labels (n), null where a row has none; None where the file has no such column.
        bad: The rows that cannot be answered, with the columns of
            `rungwise.data.quarantine.SCHEMA`, in order.
        assumptions: Every inferred default, in words.
    """

    inputs: Inputs
    usable: pl.Series
    lines: pl.Series
    expected: pl.Series | None
    bad: pl.DataFrame
    assumptions: tuple[str, ...]


def read_inputs(path: Path, task: Task, progress: Progress) -> InputsReading:
    """Read a file to predict on; the label column is optional.

    Raises:
        DataError: The file is absent, empty or of no known format, or lacks the input column.
    """
    asked = task.data.model_copy(update={"group": None, "time": None, "annotator": None})
    wanted = [column for column in (asked.input, asked.label, asked.id) if column]
    said: list[str] = []
    for name in progress.over([path.name], "reading", 1):
        raw, _ = read_file(path, name, wanted)
        columns, guesses = find(raw.cells.columns, asked, name, first=False, label=False)
        said += [*raw.assumptions, *guesses]
    rows = table(raw, columns, path.name, labelled=False)
    if rows.is_empty():
        raise DataError(f"{path.name} has no rows", "Give a file with at least one row.")
    return InputsReading(
        inputs=Inputs(rows["id"], rows["input"]),
        usable=rows["reason"].is_null().alias("usable"),
        lines=rows["line"],
        expected=rows["expected"] if columns.label else None,
        bad=set_aside(rows),
        assumptions=tuple(said),
    )
