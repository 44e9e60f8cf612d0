"""`decide`: what follows from all verdicts and diagnoses."""

from __future__ import annotations

from rungwise.decisions.direction import Direction
from rungwise.workflow.judge import judge
from rungwise.workflow.next_command import direction
from rungwise.workflow.workspace import Workspace


def decide(workspace: Workspace) -> Direction:
    """Ask every gate, then say what follows: the move, the reason, the command and the ways."""
    judge(workspace)
    return direction(workspace)
