"""Rows to be answered by `predict`: every one of them, in order, none dropped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rungwise.data.columns import named
from rungwise.data.csv_layout import Dialect
from rungwise.data.formats import read_file
from rungwise.data.rows import set_aside, table, usable
from rungwise.data.understood import understood
from rungwise.errors import DataError
from rungwise.progress import Progress
from rungwise.records import Quarantined
from rungwise.table import Inputs
from rungwise.task import Task


@dataclass(frozen=True, slots=True)
class InputsReading:
    """A file of inputs; every row of it is either in `inputs` or in `bad`.

    Attributes:
        inputs: The rows that can be answered (n), in file order.
        lines: 1-based line of each of them (n), Int64.
        expected: Their labels (n), null where a row has none; None without such a column.
        bad: The rows that cannot be answered, in file order, with line and reason.
        assumptions: Every inferred default, in words.
    """

    inputs: Inputs
    lines: pl.Series
    expected: pl.Series | None
    bad: tuple[Quarantined, ...]
    assumptions: tuple[str, ...]


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
    asked = task.data.model_copy(update={"group": None, "time": None, "annotator": None})
    wanted = named(asked)
    name = path.name
    kind = task.task.kind
    for file in progress.over([path], f"reading {name}", 1):
        raw, _ = read_file(
            file,
            name,
            wanted,
            nested=kind == "generate",
            dialect=dialect or Dialect.of(asked, name),
        )
    found = understood(raw, asked, name, kind, first=False, label=False)
    rows = table(found.raw, found.columns, name, labelled=False, reasons=found.reasons)
    if rows.is_empty():
        raise DataError(f"{name} has no rows", "Give a file with at least one row.")
    good = usable(rows)
    aside = set_aside(rows).select("source", "line", "reason", "id")
    return InputsReading(
        inputs=Inputs(good["id"], good["input"]),
        lines=good["line"],
        expected=good["expected"] if found.columns.label else None,
        bad=tuple(Quarantined(*row) for row in aside.iter_rows()),
        assumptions=raw.assumptions + found.assumptions,
    )
