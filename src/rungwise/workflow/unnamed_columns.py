"""Columns of the user's file that the task gives no meaning: one of them may name groups (R21)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from rungwise.data.formats import read_file
from rungwise.data.understood import understood
from rungwise.errors import DataError
from rungwise.workflow.workspace import Workspace


def unnamed_columns(workspace: Workspace, rows: pl.DataFrame) -> Mapping[str, pl.Series]:
    """Each such column's cells beside the rows of `data.source`; null beside other files' rows.

    Args:
        workspace: The task folder.
        rows: With the columns `source` and `line` (n).

    Returns:
        Column name → strings (n); nothing where the file is no longer the one that was divided.
    """
    data, split = workspace.task.data, workspace.state.split
    kind = workspace.task.task.kind
    path = Path(os.path.normpath(workspace.folder.resolve() / data.source))
    try:
        raw, digest = read_file(path, data.source, [], nested=kind == "generate")
    except DataError:
        raw, digest = None, ""
    if raw is None or split is None or split.sources.get(data.source) != digest:
        workspace.progress.say(
            f"{data.source} is not the file that was divided: no further column is looked at."
        )
        return {}
    meant = understood(raw, data, data.source, kind).meant
    others = [column for column in raw.cells.columns if column not in meant]
    place = pl.Series("place", range(len(raw.lines)), dtype=pl.Int64)
    known = pl.DataFrame([raw.lines.rename("line"), place])
    known = known.with_columns(source=pl.lit(data.source))
    beside = rows.select("source", "line").join(
        known, on=["source", "line"], how="left", maintain_order="left"
    )["place"]
    return {column: raw.cells[column].gather(beside) for column in others}
