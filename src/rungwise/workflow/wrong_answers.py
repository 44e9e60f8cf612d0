"""The wrong answers of an attempt, grouped and named (R32)."""

from __future__ import annotations

from functools import partial

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
    written = predictions.written
    known = Known(
        inputs=rows["input"],
        cut=written["ended"] == "length" if written is not None else None,
        languages=languages,
        vectors=partial(vectors, seed=policy.seed),
    )
    return text_failures.group(rows["expected"], predictions, policy.worst_failures, known)
