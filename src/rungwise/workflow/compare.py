"""`compare`: two attempts on the rows that both were measured on, paired (R65)."""

from __future__ import annotations

from rungwise.evaluation.paired import Comparison
from rungwise.evaluation.paired import compare as paired
from rungwise.workflow.measured_rows import shared
from rungwise.workflow.workspace import Workspace


def compare(workspace: Workspace, first: str, second: str) -> Comparison:
    """What the second attempt gains over the first, with its interval."""
    rows = shared(workspace, workspace.attempt(first), workspace.attempt(second))
    policy = workspace.task.policy
    return paired(workspace.metric, rows.expected, rows.first, rows.second, policy, rows.fold)
