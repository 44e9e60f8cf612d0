"""`decide`: what follows from all verdicts and diagnoses."""

from __future__ import annotations

from rungwise.decisions.direction import verdict_line
from rungwise.workflow.judge import gate_context, judge
from rungwise.workflow.workspace import Workspace


def decide(workspace: Workspace) -> str:
    """Stop, go on, back to the data or change the base, in one line with its reason."""
    verdicts = judge(workspace)
    return verdict_line(gate_context(workspace), verdicts)
