"""The answers that were not chosen, beside the rows that keep the chosen ones (R55)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from rungwise.data.rejected import absence, rejected
from rungwise.table import Preferences
from rungwise.task import Task


def preferences(
    task: Task, folder: Path, sources: Mapping[str, str], parts: Mapping[str, pl.DataFrame]
) -> Preferences:
    """Read them again from the files of the task.

    Args:
        task: Whose files they are.
        folder: Paths are relative to it.
        sources: Path as written in the task → sha256 of the file, as it was read.
        parts: Name → `id`, `source` and `line` of rows that may have one.

    Raises:
        DataError: A file has changed since it was read, or is gone.
    """
    rows = pl.concat(parts.values())
    beside = rows.select("id").with_columns(rejected(task, folder, sources, rows))
    found = beside.drop_nulls()
    if not len(found):
        return Preferences(found, absence(task, folder))
    without = [
        name for name, part in parts.items() if not part["id"].is_in(found["id"].implode()).any()
    ]
    reason = f"No row of {without[0]} is a pair of two answers." if without else ""
    return Preferences(found, reason)
