"""`compare`: two attempts on the same validation rows, paired (R65)."""

from __future__ import annotations

from rungwise.evaluation.paired import Comparison
from rungwise.evaluation.paired import compare as paired
from rungwise.workflow.workspace import Workspace


def compare(workspace: Workspace, first: str, second: str) -> Comparison:
    """What the second attempt gains over the first, with its interval."""
    one, other = workspace.attempt(first), workspace.attempt(second)
    return paired(
        workspace.metric,
        workspace.measured()["expected"],
        workspace.predictions(one.predictions),
        workspace.predictions(other.predictions),
        workspace.task.policy,
    )
