"""Which attempt is selected now: as the ledger says, or worked out from what is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rungwise.objects import digest_json
from rungwise.rules import rules_of

if TYPE_CHECKING:
    from rungwise.evaluation.selection import Choice
    from rungwise.records import Evidence
    from rungwise.workflow.workspace import Workspace


def choice(workspace: Workspace) -> Choice | None:
    """The attempt to test and ship, why, and on which numbers; None where nothing was measured."""
    key = _among(workspace)
    if key not in workspace.choices:
        workspace.choices[key] = _on_record(workspace, key) or _worked_out(workspace)
    return workspace.choices[key]


def record_choice(workspace: Workspace) -> None:
    """Put on record what is selected, where the ledger does not say so yet."""
    found, known = choice(workspace), workspace.state.selection
    key = _among(workspace)
    if found is None or rules_of(workspace.state.split) < 2 or (known and known.among == key):
        return
    split = workspace.state.split
    workspace.record(
        "selection",
        {
            "data": split.id if split else "",
            "among": key,
            "attempt": found.attempt.id,
            "reason": found.reason,
            "numbers": dict(found.numbers),
        },
    )


def _among(workspace: Workspace) -> str:
    """Digest of all that decides the choice."""
    goal, split = workspace.task.task, workspace.state.split
    measured = [[one.id, one.goal.value, one.goal.low, one.goal.high] for one in workspace.attempts]
    precision = [] if goal.precision is None else [goal.precision]
    asked = [goal.metric, goal.target, *precision]
    return digest_json([split.id if split else "", *asked, measured])


def _on_record(workspace: Workspace, key: str) -> Choice | None:
    from rungwise.evaluation.selection import Choice

    known = workspace.state.selection
    if known is None or known.among != key:
        return None
    chosen = next((one for one in workspace.attempts if one.id == known.attempt), None)
    return Choice(chosen, known.reason, known.numbers) if chosen else None


def _worked_out(workspace: Workspace) -> Choice | None:
    if not workspace.attempts:
        return None
    from rungwise.evaluation.selection import select

    def apart(best: Evidence, other: Evidence) -> tuple[float, float] | None:
        from rungwise.errors import DataError
        from rungwise.evaluation.on_record import telling
        from rungwise.evaluation.paired import difference

        rows = workspace.measured().select("id", "expected")
        reference, better = (workspace.predictions(one.predictions) for one in (other, best))
        policy = workspace.task.policy
        try:
            return difference(telling(workspace.metric, best), rows, reference, better, policy)
        except DataError:
            return None

    target, split = workspace.task.task.target, workspace.state.split
    rows, worst, greater = split.rows if split else None, workspace.metric.worst, workspace.greater
    return select(workspace.attempts, target, greater, rules_of(split), apart, worst, rows)
