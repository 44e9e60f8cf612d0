"""The answers that were not chosen, beside rows that keep only the chosen ones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from rungwise.data.columns import named
from rungwise.data.csv_layout import Dialect
from rungwise.data.formats import read_file
from rungwise.data.shape import every_shape
from rungwise.data.understood import understood
from rungwise.data_section import Data
from rungwise.errors import DataError
from rungwise.plugins import kind_of
from rungwise.task import Task

EMPTY = pl.DataFrame(schema={"source": pl.String, "line": pl.Int64, "rejected": pl.String})


def rejected(task: Task, folder: Path, sources: Mapping[str, str], rows: pl.DataFrame) -> pl.Series:
    """Read them again from the files of the task, by file and line.

    Args:
        task: Whose files they are.
        folder: What their paths are relative to.
        sources: Path as written in the task → sha256 of the file, as it was read.
        rows: With the columns `source` and `line` (n).

    Returns:
        The rejected answer of each row (n), String: "" where nothing was answered, null where
        its file holds no preferences.

    Raises:
        DataError: A file has changed since it was read, or is gone.
    """
    found, asked = [EMPTY], task.data
    for part in ("source", "validation", "test"):
        if name := getattr(task.data, part):
            answers, asked = _of_file(task, folder, name, asked, sources[name])
            found.append(answers)
    return rows.select("source", "line").join(
        pl.concat(found), on=["source", "line"], how="left", maintain_order="left"
    )["rejected"]


def absence(task: Task, folder: Path) -> str:
    """Why the training file holds no preferences, as a sentence.

    Raises:
        DataError: The file cannot be read.
    """
    shape, name = every_shape()["preference"], task.data.source
    wanted = (*shape.asked, *shape.answer)
    told = ", ".join(f"`{column}`" for column in wanted)
    path = Path(os.path.normpath(folder.resolve() / name))
    raw, _ = read_file(
        path,
        name,
        named(task.data),
        nested=kind_of(task).conversations,
        dialect=Dialect.of(task.data, name),
    )
    lacking = [one for one in wanted if one not in raw.cells.columns]
    missing = [f"`{one}`" for one in lacking] if set(lacking) - set(shape.implied) else []
    if missing:
        return (
            f"Preference tuning learns from pairs of answers, in columns {told}; "
            f"{name} lacks {', '.join(missing)}."
        )
    return (
        f"{name} has the columns {told}, but no row was read as a pair: leave `data.input` and "
        "`data.label` out, so that they are."
    )


def _of_file(
    task: Task, folder: Path, name: str, asked: Data, digest: str
) -> tuple[pl.DataFrame, Data]:
    """Its rejected answers by file and line, and what the next files are expected to have."""
    kind, first = kind_of(task), name == task.data.source
    path = Path(os.path.normpath(folder.resolve() / name))
    raw, now = read_file(
        path, name, named(asked), nested=kind.conversations, dialect=Dialect.of(asked, name)
    )
    if now != digest:
        raise DataError(
            f"{name} has changed since it was read: its sha256 was {digest[:12]}, is {now[:12]}",
            "Put the earlier file back, or divide the rows anew (`rungwise split`).",
        )
    meant = understood(raw, asked, name, kind, first=first)
    if meant.rejected is None:
        return EMPTY, meant.following
    answers = pl.DataFrame([meant.raw.lines.alias("line"), meant.rejected.alias("rejected")])
    return answers.select(pl.lit(name).alias("source"), "line", "rejected"), meant.following
