"""Columns of the user's files that the task gives no meaning: one of them may name groups (R21)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from rungwise.data.columns import named
from rungwise.data.csv_layout import Dialect
from rungwise.data.formats import read_file
from rungwise.data.missing import known
from rungwise.data.understood import understood
from rungwise.errors import DataError
from rungwise.plugins import kind_of
from rungwise.workflow.workspace import Workspace

CELLS = "cells of "


def unnamed_columns(workspace: Workspace, rows: pl.DataFrame) -> Mapping[str, pl.Series]:
    """Each such column's cells beside the rows; null beside rows of a file that lacks it.

    Args:
        workspace: The task folder.
        rows: With the columns `source` and `line` (n).

    Returns:
        Column name → strings (n), null where the cell says nothing (`nan`, `-`); nothing of a file
        that is no longer the one that was divided.
    """
    files = rows["source"].unique(maintain_order=True)
    found = [cells for name in files if (cells := _cells(workspace, name)) is not None]
    if not found:
        return {}
    # A prefix keeps a column of the user's apart from the two that rows are known by.
    beside = rows.select("source", "line").join(
        pl.concat(found, how="diagonal"),
        on=["source", "line"],
        how="left",
        maintain_order="left",
    )
    return {
        name.removeprefix(CELLS): beside.select(
            known(pl.col(name)).alias(name.removeprefix(CELLS))
        ).to_series()
        for name in beside.columns
        if name.startswith(CELLS)
    }


def _cells(workspace: Workspace, name: str) -> pl.DataFrame | None:
    """What one file holds beside the columns that mean something; None where it changed."""
    data, split = workspace.task.data, workspace.state.split
    kind = kind_of(workspace.task)
    path = Path(os.path.normpath(workspace.folder.resolve() / name))
    try:
        raw, digest = read_file(
            path,
            name,
            named(data),
            nested=kind.conversations,
            dialect=Dialect.of(data, name),
            cache=workspace.cache / "read",
            progress=workspace.progress,
        )
    except DataError:
        raw, digest = None, ""
    if raw is None or split is None or split.sources.get(name) != digest:
        workspace.progress.say(
            f"{name} is not the file that was divided: no further column is looked at."
        )
        return None
    first = name == data.source
    meant = understood(raw, data, name, kind, first=first, label=first).meant
    others = [column for column in raw.cells.columns if column not in meant]
    place = pl.DataFrame([raw.lines.alias("line")]).with_columns(source=pl.lit(name))
    return place.hstack(raw.cells.select(pl.col(others).name.prefix(CELLS)).get_columns())
