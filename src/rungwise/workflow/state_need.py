"""Stating why to tune: what is missing under `need:`, and writing it into `rungwise.yaml` (R40)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rungwise.plugins import kind_of
from rungwise.workflow.workspace import Workspace
from rungwise.workflow.written_keys import write_keys

ASKED = ("wrong", "calls_per_month", "knowledge_changes")
"""Keys that the owner of a task that generates text is asked for."""


def missing(workspace: Workspace) -> tuple[str, ...]:
    """Keys of `need:` that a task which generates text should state and does not.

    A key that says `null` is stated: its owner was asked, and does not know.
    """
    if not kind_of(workspace.task).writes:
        return ()
    return tuple(key for key in ASKED if key not in workspace.task.need.model_fields_set)


def state_need(workspace: Workspace, answers: Mapping[str, Any]) -> None:
    """Write keys under `need:`; every other line of the file stays as it is.

    Raises:
        TaskError: A key or a value is none that `need:` takes, or the file writes `need:` in a
            way that no line can be added to.
        StorageError: The file cannot be written.
    """
    write_keys(workspace, "need", answers)
