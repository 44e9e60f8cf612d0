"""The step that a task is at, and the one command that comes next."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rungwise import task as task_file
from rungwise.decisions.direction import Direction, decide
from rungwise.decisions.direction import ready as ready_for_test
from rungwise.decisions.holding import held_before
from rungwise.errors import TaskError
from rungwise.records import Unsealing, Verdict
from rungwise.rules import rules_of
from rungwise.task import Task
from rungwise.workflow.judge import record_context, remaining
from rungwise.workflow.typed_command import from_here, typed
from rungwise.workflow.watched import due
from rungwise.workflow.workspace import Workspace

ANSWERS = "answers.csv"
"""Where the next command writes: answers on a terminal would show every row of the file."""


def step(workspace: Workspace) -> str:
    """The step that the task is at."""
    state = workspace.state
    if state.split is None:
        return "split"
    if not state.audits:
        return "audit"
    tested = state.test is not None and _about_selected(workspace, state.test.attempt)
    if not ready(workspace) and not tested:
        return "climb"
    if not tested:
        return "test"
    return "released" if _shipped(workspace) else "ship"


def due_step(workspace: Workspace) -> str:
    """The furthest step whose gates matter now: tuning's once something was measured, and the
    test's once no rung is left.
    """
    at = step(workspace)
    if at != "climb" or not workspace.attempts:
        return at
    return "full" if remaining(workspace) else "test"


def next_command(workspace: Workspace) -> str:
    """The one command that comes next, as it can be typed: no gate on record refuses it."""
    return command(workspace, direction(workspace))


def command(workspace: Workspace, found: Direction) -> str:
    """The command of a direction, as it can be typed where the user stands."""
    verb, *options = found.command
    if verb == "predict":  # a release answers the file that it was made from
        source = Path(os.path.normpath(workspace.folder / workspace.task.data.source))
        if not source.is_file():
            return typed(workspace.folder, "report")
        options = ["--release", workspace.state.releases[-1].version, from_here(source)]
        options += ["-o", ANSWERS]
    return typed(workspace.folder, verb, *options)


def direction(workspace: Workspace) -> Direction:
    """Where to go from here, by the verdicts on record; it judges and writes nothing."""
    if given := set_before(workspace):
        return Direction(
            "go on",
            f"rungwise.yaml was last read with {given}, which it does not have. Write it there to "
            "keep it; `rungwise run` goes by the file.",
        )
    if edited(workspace):
        return Direction("go on", "rungwise.yaml has changed since it was last read.")
    unfinished = interrupted(workspace) is not None
    verdicts = workspace.state.verdicts.values()
    return decide(record_context(workspace), verdicts, unfinished=unfinished, duty=due(workspace))


def held_by(workspace: Workspace, next_step: str) -> Verdict | None:
    """The first verdict on record that stops a step, or None."""
    verdicts = workspace.state.verdicts.values()
    return held_before(verdicts, next_step, rules_of(workspace.state.split))


def reached_by(workspace: Workspace) -> str:
    """The rung with which the climb is over: the test comes next, or was opened."""
    selected = workspace.selected
    if selected is None:
        return ""
    tested = workspace.state.test is not None and _about_selected(
        workspace, workspace.state.test.attempt
    )
    return selected.rung if tested or ready(workspace) else ""


def ready(workspace: Workspace) -> bool:
    """Whether the climb is over and the test comes next."""
    return ready_for_test(record_context(workspace))


def _shipped(workspace: Workspace) -> bool:
    return any(_about_selected(workspace, one.attempt) for one in workspace.state.releases)


def _about_selected(workspace: Workspace, attempt: str) -> bool:
    return workspace.selected is not None and workspace.selected.id == attempt


def edited(workspace: Workspace) -> bool:
    """Whether `rungwise.yaml` says something else than the task on record."""
    recorded = workspace.state.task
    return recorded is None or _as_read_now(recorded) != workspace.task


def set_before(workspace: Workspace) -> str:
    """What `--set` gave when the task was read, if the one on record differs in that alone."""
    given, recorded = workspace.state.settings, workspace.state.task
    if not given or recorded is None or not edited(workspace):
        return ""
    try:
        then = task_file.load(workspace.folder / task_file.FILE_NAME, given)
    except TaskError:
        return ""
    return told_settings(given) if _as_read_now(recorded) == then else ""


def told_settings(given: Sequence[str]) -> str:
    """Settings as they are typed."""
    return " and ".join(f"`--set {one}`" for one in given)


def _as_read_now(recorded: Mapping[str, Any]) -> Task | None:
    """A task as this version reads it: keys that came later have their defaults."""
    try:
        return task_file.parse(dict(recorded))
    except TaskError:
        return None


def interrupted(workspace: Workspace) -> Unsealing | None:
    """The last look at the test part, if it is about the selected attempt and has no result."""
    state, selected = workspace.state, workspace.selected
    if not state.unsealings or selected is None:
        return None
    last = state.unsealings[-1]
    finished = {(result.attempt, result.unseal) for result in state.tests}
    open_look = (last.attempt, last.number) not in finished and last.attempt == selected.id
    return last if open_look else None
