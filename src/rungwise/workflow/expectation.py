"""What the test will probably say: validation, weighed as the test's inputs are composed (R21).

Rows that nearly repeat a training row are easier. Where they are more frequent in validation than
among the test's inputs, validation promises too much. The inputs of the test part may be read; its
labels stay sealed.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

from rungwise.errors import DataError
from rungwise.evaluation import figures
from rungwise.evaluation.intervals import measure
from rungwise.evaluation.weighted import weighted
from rungwise.evaluation.wording import measured
from rungwise.percent import percent
from rungwise.records import Evidence, Measurement
from rungwise.workflow.apart import near_rows
from rungwise.workflow.measured_rows import rows_of
from rungwise.workflow.workspace import Workspace


def expectation(workspace: Workspace, attempt: Evidence) -> Measurement | None:
    """The goal's metric that the test part will probably show, with its interval.

    None where validation holds no near copies of training rows, or nothing else, and where rows
    were answered fold by fold: near copies share a fold.
    """
    if attempt.goal.on != "validation" or attempt.apart is None:
        return None
    rows = rows_of(workspace, attempt)
    near = near_rows(workspace, "validation", rows)
    answers = workspace.predictions(attempt.predictions).where(near)
    expected, policy = rows["expected"].filter(near), workspace.task.policy
    try:
        repeated = measure(workspace.metric, expected, answers, "validation", policy)
    except (DataError, ValueError):  # undefined on these rows, or none of them is near any more
        return None
    share = _share(workspace, "test", workspace.part("test"))
    return weighted(((share, repeated), (1 - share, attempt.apart)), "test")


def told(workspace: Workspace, attempt: Evidence) -> str:
    """The expectation as a sentence, "" without one."""
    found = expectation(workspace, attempt)
    if found is None:
        return ""
    here = _share(workspace, "validation", rows_of(workspace, attempt))
    there = _share(workspace, "test", workspace.part("test"))
    return (
        f"The test is expected to show {measured(found)}: {percent(here)} of the validation rows "
        f"and "
        f"{percent(there)} of the test's inputs nearly repeat a training row."
    )


def difference(result: Measurement, expected: Measurement) -> str:
    """How far a test lies from what was expected, as a sentence."""
    gap = figures.difference(result.value - expected.value, None, result.metric, result.rows)
    return f"{measured(expected)} was expected; the difference is {gap}."


def _share(workspace: Workspace, part: Literal["validation", "test"], rows: pl.DataFrame) -> float:
    """Share of the rows that nearly repeat a training row."""
    return int(near_rows(workspace, part, rows).sum()) / len(rows)
