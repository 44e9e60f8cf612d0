"""`run`: as far as the gates allow, then why it stopped and the one command that comes next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rungwise.decisions.direction import TOO_CLOSE
from rungwise.decisions.more_rows import no_result_confirms
from rungwise.decisions.outcome import certainty, reached
from rungwise.decisions.settling import USED_UP
from rungwise.errors import BudgetSpent, GateHolds
from rungwise.evaluation.field_scores import of_json, weakest
from rungwise.evaluation.standing import LINEAR, best
from rungwise.percent import percent
from rungwise.records import Evidence, Verdict
from rungwise.reporting.card import VOCABULARY, personal_words
from rungwise.workflow import earlier_rules
from rungwise.workflow.audit import audit
from rungwise.workflow.climb import Climb, climb
from rungwise.workflow.expectation import told as foretold
from rungwise.workflow.fold_rows import folds_came_late
from rungwise.workflow.next_command import (
    command,
    direction,
    held_by,
    next_command,
    step,
    told_settings,
)
from rungwise.workflow.refit import why_not
from rungwise.workflow.settle import CANNOT
from rungwise.workflow.split import split
from rungwise.workflow.typed_command import names
from rungwise.workflow.workspace import Workspace

FIELDS = 3
"""JSON fields that are named at the end, those that cost most."""
TESTED = frozenset({"ship", "released"})
"""Steps at which the test has spoken."""
NEXT_IS_TEST = "Next is the test, on rows that no model has seen; it is opened once."


@dataclass(frozen=True, slots=True)
class Run:
    """Where a run ended.

    Attributes:
        selected: The attempt that stands for the task now.
        reached: Whether it reaches the target on validation.
        reason: What was reached and what it means, in a few sentences.
        choices: Where the target was not reached, what can be done, with the commands.
        next: The one command that comes next.
        held: The gate that stops the step after this one, or "".
        ready: Whether nothing stops the command that comes next: the target is reached, or missed
            by no more than chance may do.
    """

    selected: Evidence | None
    reached: bool
    reason: str
    choices: tuple[str, ...]
    next: str
    held: str = ""
    ready: bool = False


def run(workspace: Workspace, *, everything: bool = False) -> Run:
    """Split, audit, measure what trains nothing, audit in full, climb on (C5).

    The test part stays sealed. What is on record already is not repeated, so a killed run goes
    on where it was.

    Raises:
        GateHolds: A gate holds before the climb.
    """
    try:
        split(workspace)
        if earlier := earlier_rules.kept(workspace):
            workspace.progress.say(earlier)
        if late := folds_came_late(workspace):
            workspace.progress.say(late)
        audit(workspace)
        climb(workspace, everything=everything, baseline=True)
        audit(workspace)
        outcome = climb(workspace, everything=everything)
    except BudgetSpent:
        raise  # it names what comes next
    except GateHolds as held:
        following = next_command(workspace)
        if names(f"{held.fact} {held.next_step}", following, workspace.folder):
            raise
        raise GateHolds(held.fact, f"Next: `{following}`. {held.next_step}") from held
    selected = outcome.selected
    if selected is None and not workspace.attempts:
        raise GateHolds(
            "No rung of the ladder could be tried", "`rungwise status` lists the reasons."
        )
    ended = _outcome(workspace, selected, outcome)
    if workspace.settings:
        given = told_settings(workspace.settings)
        kept = f"{given} held for this run alone: write it into rungwise.yaml, which `status`, "
        return replace(ended, reason=f"{ended.reason} {kept}`test` and `ship` read, to keep it.")
    return ended


def _outcome(workspace: Workspace, selected: Evidence | None, outcome: Climb) -> Run:
    """What the climb came to, and what follows."""
    if selected is None:
        ahead = direction(workspace)
        return Run(None, False, ahead.reason, ahead.ways, command(workspace, ahead))
    target, greater = workspace.task.task.target, workspace.metric.greater
    sentences = (
        reached(selected, target, greater, best(workspace.attempts, greater)),
        foretold(workspace, selected),
        _weakest_fields(selected),
        _ended(workspace, outcome),
    )
    told = " ".join(filter(None, sentences))
    if outcome.reached:
        reason, stopping = f"{told} {_meaning(workspace)}", _held(workspace)
        gate = stopping.code if stopping else ""
        files = {VOCABULARY} if step(workspace) == "test" and selected.rung == LINEAR else set()
        if held_words := personal_words(workspace.state, files):
            workspace.progress.say(f"If {LINEAR} is released: {held_words}")
        following = next_command(workspace)
        return Run(selected, True, reason, (), following, gate, ready=not gate)
    ahead = direction(workspace)
    if step(workspace) == "test" and ahead.command == ("test",):
        first, *_ = (way for way in ahead.ways if "`rungwise add" in way)
        reason = f"{told} {TOO_CLOSE} {NEXT_IS_TEST} The other way on: {_lowered(first)}"
        return Run(selected, False, reason, ahead.ways, command(workspace, ahead), ready=True)
    if step(workspace) in TESTED or not ahead.ways:
        reason = f"{told} {ahead.reason}"
    else:
        reason = f"{told} The likeliest way on: {_lowered(ahead.ways[0])}"
    return Run(selected, False, reason, ahead.ways, command(workspace, ahead))


def _weakest_fields(selected: Evidence) -> str:
    """The JSON fields that cost most, as F1 and how many were expected; "" where none does."""
    costly = weakest(of_json(selected.details.get("fields", ())), FIELDS)
    if not costly:
        return ""
    told = ", ".join(
        f"{one.field} (F1 {percent(one.f1)}, {one.support:,} expected)" for one in costly
    )
    return f"Weakest fields: {told}."


def _ended(workspace: Workspace, outcome: Climb) -> str:
    """What ended the climb, where that is not plain from what was reached."""
    if outcome.settled:
        return ""
    if any(why.startswith(USED_UP) for why in workspace.state.skipped.values()):
        return "The climb ended because the time to settle it is used up."
    if any(why.startswith(CANNOT) for why in workspace.state.skipped.values()):
        return "The climb ended because no further rung could settle it on these rows."
    return "No permitted rung is left."


def _held(workspace: Workspace) -> Verdict | None:
    """The verdict that stops what comes next, or None."""
    at = step(workspace)
    return held_by(workspace, at) if at in ("test", "ship") else None


def _meaning(workspace: Workspace) -> str:
    """What a reached target means for the next step."""
    at, selected = step(workspace), workspace.selected
    assert selected is not None, "something reached the target"
    if held := _held(workspace):
        return f"Gate {held.code} stops the {at}: {held.reason} The report shows the evidence."
    if at in TESTED:
        return direction(workspace).reason
    certain = certainty(selected.goal, workspace.task.task.target)
    if at == "test":
        split = workspace.state.split
        few = no_result_confirms(workspace.task, split) if split is not None else ""
        return " ".join(filter(None, (certain, NEXT_IS_TEST, few, why_not(workspace, selected))))
    return certain


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
