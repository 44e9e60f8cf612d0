"""What a rung is told, gathered from the task, the record and the stores."""

from __future__ import annotations

import polars as pl

from rungwise.protocols import RungContext
from rungwise.table import Predictions
from rungwise.workflow.workspace import Workspace


def rung_context(workspace: Workspace) -> RungContext:
    """The context of every rung on the split in force."""
    split = workspace.state.split
    assert split is not None, "the gate split_sealed stands before climb"
    metric = workspace.metric

    def score(expected: pl.Series, predictions: Predictions) -> float:
        return metric.value(expected, predictions)

    return RungContext(
        task=workspace.task,
        folder=workspace.folder,
        cache=workspace.cache,
        classes=split.classes,
        progress=workspace.progress,
        score=score,
        greater=metric.greater,
        imported={
            name: pl.read_csv(workspace.objects.path(found.object), infer_schema=False)
            for name, found in workspace.state.imports.items()
        },
        attempts=workspace.attempts,
    )
