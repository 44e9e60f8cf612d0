"""How the goal stands on the rows that nearly repeat nothing that was trained on (R21)."""

from __future__ import annotations

from typing import Literal

import polars as pl

from rungwise.errors import DataError
from rungwise.evaluation.intervals import measure
from rungwise.plugins import modality_of
from rungwise.records import Measurement
from rungwise.table import Predictions
from rungwise.workflow.finding_rows import whole
from rungwise.workflow.workspace import Workspace

TRAIN = frozenset({"train"})


def apart(
    workspace: Workspace,
    part: Literal["validation", "test"],
    rows: pl.DataFrame,
    predictions: Predictions,
    learnt: frozenset[str] = TRAIN,
) -> Measurement | None:
    """The goal's metric on them; None where no row, or every row, has a near copy among the learnt.

    None too where the metric is undefined on what is left (one class, no row of its class).

    Args:
        workspace: The task folder; which rows are near copies is what its audit found.
        part: What was measured on.
        rows: Its rows, with `id`, `input` and `expected`.
        predictions: The answers, aligned with the rows.
        learnt: The parts that the model has learnt from.
    """
    near = near_rows(workspace, part, rows, learnt)
    if not near.any() or near.all():
        return None
    kept = predictions.where(~near)
    try:
        return measure(
            workspace.metric, rows["expected"].filter(~near), kept, part, workspace.task.policy
        )
    except DataError:
        return None


def near_rows(
    workspace: Workspace, part: str, rows: pl.DataFrame, learnt: frozenset[str] = TRAIN
) -> pl.Series:
    """Which rows (n) have a near copy among the learnt ones; a finding names each text once."""
    named = [
        row.other.id
        for finding in workspace.state.findings
        if finding.code == f"near_copies.{part}"
        for row in whole(finding, workspace.objects).rows
        if row.split in learnt and row.other is not None
    ]
    texts = modality_of(workspace.task).copy_keys(rows["input"])
    return texts.is_in(texts.filter(rows["id"].is_in(named)).implode())
