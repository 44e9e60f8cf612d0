"""The wrong answers of an attempt, grouped and named (R32)."""

from __future__ import annotations

import io
from functools import partial

import polars as pl

from rungwise.data.languages import languages
from rungwise.data.near.vectors import vectors
from rungwise.evaluation import failures, text_failures
from rungwise.evaluation.text_failures import Known
from rungwise.records import Evidence, FailureGroup
from rungwise.workflow.workspace import Workspace


def wrong_answers(workspace: Workspace, evidence: Evidence) -> tuple[FailureGroup, ...]:
    """Groups of what an attempt answered wrongly on the rows that it was measured on."""
    rows, policy = workspace.measured(), workspace.task.policy
    predictions = workspace.predictions(evidence.predictions)
    if workspace.task.task.kind == "classify":
        return failures.group(rows["expected"], predictions, policy.worst_failures)
    known = Known(
        inputs=rows["input"],
        cut=_cut(workspace, evidence),
        languages=languages,
        vectors=partial(vectors, seed=policy.seed),
    )
    return text_failures.group(rows["expected"], predictions, policy.worst_failures, known)


def _cut(workspace: Workspace, evidence: Evidence) -> pl.Series | None:
    """Which answers ended because they were as long as they may be, where that was kept."""
    kept = pl.read_parquet(io.BytesIO(workspace.objects.read(evidence.predictions)))
    return kept["ended"] == "length" if "ended" in kept.columns else None
