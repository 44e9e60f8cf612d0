"""`check`: would the task and its data work? Nothing is written."""

from __future__ import annotations

from typing import Any

import polars as pl

from rungwise.data.read import read
from rungwise.evaluation.metrics import check_target
from rungwise.evaluation.task_metrics import beside, bound
from rungwise.plugins import kind_of
from rungwise.workflow.documents import check_documents
from rungwise.workflow.opened_models import opened_models
from rungwise.workflow.production import production
from rungwise.workflow.trust import code_view
from rungwise.workflow.workspace import Workspace


def check(workspace: Workspace) -> dict[str, Any]:
    """Read the task and its data; returns what they hold and what was inferred."""
    task = workspace.task
    reading = read(task, workspace.folder, workspace.progress, workspace.cache / "read")
    expected = pl.concat([frame["expected"] for frame in reading.frames.values()])
    classes = kind_of(task).classes(expected)
    check_target(
        bound(task.task.metric, task, workspace.folder, tuple(classes) or None), task.task.target
    )
    for other in beside(task):
        bound(other, task, workspace.folder)
    sample = production(task, workspace.folder, workspace.progress)
    texts = check_documents(task, workspace.folder, workspace.progress)
    reasons = reading.quarantine["reason"].value_counts(sort=True)
    return {
        "rows": sum(len(frame) for frame in reading.frames.values()),
        "classes": list(classes),
        "expected": len(expected.unique()),
        "documents": None
        if texts is None
        else {
            "source": task.data.documents,
            "documents": len(texts.rows),
            "aside": len(texts.aside),
        },
        "production": None
        if sample is None
        else {"source": task.data.production, "rows": len(sample)},
        "quarantined": dict(reasons.iter_rows()),
        "assumptions": list(reading.assumptions),
        "models": opened_models(task, workspace.folder),
        "code": code_view(workspace),
    }
