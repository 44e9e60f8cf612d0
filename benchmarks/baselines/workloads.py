"""The rows of a comparison: divided and sealed by `rungwise split`, official parts as they are."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from rungwise import Project
from rungwise.data.seal import open_test
from rungwise.records import Measurement
from rungwise.table import Examples
from rungwise.workflow.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
GOAL = "Sort the texts into their classes with at least 90 percent accuracy"
SETS: dict[str, dict[str, Any]] = {
    "BANKING77": {
        "data": "banking77/train.csv", "test": "banking77/test.csv",
        "columns": {"input": "text", "label": "label"},
    },
    "SNIPS intents": {
        "data": "snips_nlu/train.jsonl", "test": "snips_nlu/validate.jsonl",
        "columns": {"input": "text", "label": "intent"},
    },
    "SMS spam": {"data": "sms_spam/sms_spam.csv", "columns": {"input": "text", "label": "label"}},
    "AG news": {
        "data": "ag_news_test/ag_news_test.csv",
        "columns": {"input": ["title", "description"], "label": "label"},
    },
}  # fmt: skip
"""Name → what `Project.init` is told. Without an official test part, 15 percent are drawn; copies
and near copies stay on one side."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Rows to learn from, to choose by and to measure on.

    Attributes:
        name: As the table shows it.
        classes: Every label.
        release: What the release of a finished project has on the same test rows, if it is one.
    """

    name: str
    train: Examples
    validation: Examples
    test: Examples
    classes: tuple[str, ...]
    release: Measurement | None = None


def public(name: str, folder: Path, rows: int | None) -> Workload:
    """A data set of `SETS`.

    Args:
        name: Which.
        folder: An empty folder for its task.
        rows: Training rows at most; the others are left out for every contestant.
    """
    data = Path(os.environ.get("RUNGWISE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    told = dict(SETS[name])
    source, test = data / told["data"], told.get("test")
    if not source.is_file():
        sys.exit(f"There is no {source}. Set RUNGWISE_SHARED_DATA.")
    project = Project.init(
        folder / "task",
        data=source,
        test=data / test if test else None,
        goal=GOAL,
        columns=told["columns"],
    )
    project.split()
    return _parts(name, project, rows)


def finished(folder: Path) -> Workload:
    """The rows of a project that was tested, such as the demo's.

    Its test part was opened by `rungwise test`; reading it once more here shows no label to anybody
    who could choose by it.
    """
    project = Project(folder)
    test = project.status()["test"]
    if test is None:
        sys.exit(f"{folder} was not tested yet: walk the demo to its end first (`make demo`).")
    found = _parts(f"demo ({folder.name})", project, None)
    goal = {key: test["goal"][key] for key in ("metric", "value", "low", "high", "rows", "on")}
    return Workload(
        found.name, found.train, found.validation, found.test, found.classes, Measurement(**goal)
    )


def _parts(name: str, project: Project, rows: int | None) -> Workload:
    workspace = Workspace(project.folder, project._workspace.progress)
    split = workspace.state.split
    assert split is not None, "the split was made before"
    train = workspace.part("train")
    test = open_test(split, workspace.objects, workspace.sealed)
    return Workload(
        name,
        Examples.of(_some(train, rows)),
        Examples.of(workspace.part("validation")),
        Examples.of(test),
        split.classes,
    )


def _some(train: pl.DataFrame, rows: int | None) -> pl.DataFrame:
    return train if rows is None else train.sample(min(rows, len(train)), seed=20, shuffle=True)
