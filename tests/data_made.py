"""Tasks and files that tests of the data layer make."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from rungwise.data.read import Reading, read
from rungwise.data.split import Parts, split
from rungwise.progress import Silent
from rungwise.table import COLUMNS
from rungwise.task import Task, parse


def task(policy: dict[str, Any] | None = None, kind: str = "classify", **data: Any) -> Task:
    """A task on `source.csv` unless `data` says otherwise."""
    goal = {"goal": "Route it", "kind": kind, "metric": "accuracy", "target": 0.9}
    return parse({"task": goal, "data": {"source": "source.csv", **data}, "policy": policy or {}})


def reading_of(path: Path, content: str | bytes, **data: Any) -> Reading:
    """Write `content` to `path` and read it as the source."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(task(source=path.name, **data), path.parent, Silent())


def frame(rows: Sequence[tuple[str, str] | tuple[str, str, str | None]]) -> pl.DataFrame:
    """Rows of (input, expected[, group]) as a table; ids count from 1."""
    filled = [(*row, None)[:3] for row in rows]
    columns = {
        "id": [str(number) for number in range(1, len(rows) + 1)],
        "input": [row[0] for row in filled],
        "expected": [row[1] for row in filled],
        "group": [row[2] for row in filled],
        "time": None,
        "source": "source.csv",
        "annotator": None,
        "line": range(2, len(rows) + 2),
    }
    schema = {name: pl.Int64 if name == "line" else pl.String for name in COLUMNS}
    return pl.DataFrame(columns, schema) if rows else pl.DataFrame(schema=schema)


def reading(**frames: pl.DataFrame) -> Reading:
    """A reading of these frames, with nothing set aside."""
    from rungwise.data import quarantine

    return Reading(frames, quarantine.empty(), {name: name for name in frames}, ())


def parts_of(task: Task, **frames: pl.DataFrame) -> Parts:
    """Split these frames."""
    return split(reading(**frames), task)
