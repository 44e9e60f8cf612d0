"""The step that a task is at, and the one command that comes next."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rungwise import task as task_file
from rungwise.errors import TaskError
from rungwise.evaluation.standing import reaches, suffices
from rungwise.records import MERGES, Unsealing, Verdict
from rungwise.rules import rules_of
from rungwise.task import Task
from rungwise.workflow.judge import EXPORT, before, place, stops
from rungwise.workflow.rung_context import ladder
from rungwise.workflow.typed_command import from_here, typed
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
    if not reached(workspace) and not tested:
        return "climb"
    if not tested:
        return "test"
    return "released" if _shipped(workspace) else "ship"


def next_command(workspace: Workspace) -> str:
    """The one command that comes next, as it can be typed: no gate on record refuses it."""
    at = step(workspace)
    if edited(workspace) or at == "audit":
        return typed(workspace.folder, "run")
    if at == "climb":
        return _climbing(workspace)
    if at == "released":
        return _predicting(workspace)
    verb, otherwise = {
        "split": ("run", "checklist"),
        "test": ("test", "report"),
        "ship": ("ship", "report"),
    }[at]
    unfinished = at == "test" and interrupted(workspace) is not None
    held = held_by(workspace, at) is not None and not unfinished
    return typed(workspace.folder, otherwise if held else verb)


def _climbing(workspace: Workspace) -> str:
    if accepted := _blocking(workspace):
        return typed(workspace.folder, "curate", "--accept", accepted)
    if held_by(workspace, "climb") is not None:
        return typed(workspace.folder, "audit")
    exhausted = bool(workspace.attempts) and climbed(workspace)
    return typed(workspace.folder, "report" if exhausted else "run")


def _predicting(workspace: Workspace) -> str:
    """A release answers the file it was made from: a command that runs as it stands."""
    version = workspace.state.releases[-1].version
    source = Path(os.path.normpath(workspace.folder / workspace.task.data.source))
    if not source.is_file():
        return typed(workspace.folder, "report")
    return typed(
        workspace.folder, "predict", "--release", version, from_here(source), "-o", ANSWERS
    )


def held_by(workspace: Workspace, next_step: str) -> Verdict | None:
    """The first verdict on record that stops a step, or None."""
    stopping = stops(workspace, next_step)
    verdicts = (
        workspace.state.verdicts[one] for one in sorted(workspace.state.verdicts, key=place)
    )
    return next(
        (
            verdict
            for verdict in verdicts
            if next_step in before(verdict.code)
            and verdict.code != EXPORT
            and verdict.verdict in stopping
        ),
        None,
    )


def _blocking(workspace: Workspace) -> str:
    """The first finding that blocks and can be curated away, as `--accept` takes it, or ""."""
    verdict = workspace.state.verdicts.get("data_audited")
    if verdict is None or verdict.verdict != "hold":
        return ""
    for finding in workspace.state.findings:
        if finding.severity == "block" and finding.points_into("train"):
            if MERGES in finding.numbers:
                return f"{finding.code}=merge"
            return finding.code + ("=redact" if finding.code.startswith("personal.") else "")
    return ""


def reached_by(workspace: Workspace) -> str:
    """The rung with which the climb is over: the target is reached, or the test was opened."""
    selected = workspace.selected
    if selected is None:
        return ""
    tested = workspace.state.test is not None and _about_selected(
        workspace, workspace.state.test.attempt
    )
    return selected.rung if tested or reached(workspace) else ""


def reached(workspace: Workspace) -> bool:
    """Whether the climb is over with the target reached: by what suffices, or with no rung left."""
    selected, target, greater = workspace.selected, workspace.task.task.target, workspace.greater
    if selected is None:
        return False
    enough = suffices(selected, target, greater, rules_of(workspace.state.split))
    over = enough or climbed(workspace)
    return over and reaches(selected.goal.value, target, greater)


def climbed(workspace: Workspace) -> bool:
    """Whether every rung of the ladder was tried or skipped with a reason."""
    seen = {attempt.rung for attempt in workspace.attempts} | set(workspace.state.skipped)
    return {name for name, _ in ladder(workspace)} <= seen


def _shipped(workspace: Workspace) -> bool:
    return any(_about_selected(workspace, one.attempt) for one in workspace.state.releases)


def _about_selected(workspace: Workspace, attempt: str) -> bool:
    return workspace.selected is not None and workspace.selected.id == attempt


def edited(workspace: Workspace) -> bool:
    """Whether `rungwise.yaml` says something else than the task on record."""
    recorded = workspace.state.task
    return recorded is None or _as_read_now(recorded) != workspace.task


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
