"""`run`: as far as the gates allow, then why it stopped and the one command that comes next."""

from __future__ import annotations

from dataclasses import dataclass

from rungwise.decisions.next_step import choices
from rungwise.errors import GateHolds
from rungwise.records import Evidence
from rungwise.workflow.audit import audit
from rungwise.workflow.climb import climb
from rungwise.workflow.decide import decide
from rungwise.workflow.split import split
from rungwise.workflow.status import next_command, settling
from rungwise.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Run:
    """Where a run ended.

    Attributes:
        selected: The attempt that stands for the task now.
        reached: Whether it reaches the target on validation.
        reason: Why the run stopped, in one or two sentences.
        choices: Where the target was not reached, what can be done, with the commands.
        next: The one command that comes next.
    """

    selected: Evidence | None
    reached: bool
    reason: str
    choices: tuple[str, ...]
    next: str


def run(workspace: Workspace, *, everything: bool = False) -> Run:
    """Split, audit, measure what trains nothing, audit in full, climb on (C5).

    The test part stays sealed. What is on record already is not repeated, so a killed run goes
    on where it was.

    Raises:
        GateHolds: A gate holds before the climb.
    """
    split(workspace)
    audit(workspace)
    climb(workspace, everything=everything, baseline=True)
    audit(workspace)
    outcome = climb(workspace, everything=everything)
    selected = outcome.selected
    if selected is None:
        raise GateHolds(
            "No rung of the ladder could be tried", "`rungwise status` lists the reasons."
        )
    goal = workspace.task.task
    told = (
        f"{selected.rung} has {goal.metric} {selected.goal.value:.4f} on "
        f"{selected.goal.rows:,} validation rows; the target is {goal.target:g}"
    )
    if outcome.reached:
        reason = f"The target is reached: {told}. {settling(workspace)}".strip()
        return Run(selected, True, reason, (), next_command(workspace))
    line = decide(workspace)
    reason = f"Every permitted rung ends below the target: {told}. {line}"
    diagnoses, greater = workspace.state.diagnoses, workspace.metric.greater
    ways = choices(workspace.task, selected, workspace.attempts, diagnoses, greater)
    return Run(selected, False, reason, tuple(ways), next_command(workspace))
