"""Stating why to tune: what is missing under `need:`, and writing it into `rungwise.yaml` (R40)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from rungwise import task as task_file
from rungwise.errors import StorageError, TaskError
from rungwise.unique_keys import read_yaml
from rungwise.workflow.workspace import Workspace

ASKED = ("wrong", "calls_per_month", "knowledge_changes")
"""Keys that the owner of a task that generates text is asked for."""


def missing(workspace: Workspace) -> tuple[str, ...]:
    """Keys of `need:` that a task which generates text should state and does not.

    A key that says `null` is stated: its owner was asked, and does not know.
    """
    if workspace.task.task.kind != "generate":
        return ()
    return tuple(key for key in ASKED if key not in workspace.task.need.model_fields_set)


def state_need(workspace: Workspace, answers: Mapping[str, Any]) -> None:
    """Write keys under `need:`; every other line of the file stays as it is.

    Raises:
        TaskError: A key or a value is none that `need:` takes, or the file writes `need:` in a
            way that no line can be added to.
        StorageError: The file cannot be written.
    """
    path = workspace.folder / task_file.FILE_NAME
    before = path.read_text(encoding="utf-8")
    wanted = read_yaml(before, path.name)
    plain = {key: list(one) if isinstance(one, tuple) else one for key, one in answers.items()}
    wanted["need"] = {**(wanted.get("need") or {}), **plain}
    task_file.parse(wanted)
    text = _with(before, plain)
    if yaml.safe_load(text) != wanted:  # our own text
        told = yaml.safe_dump({"need": dict(wanted["need"])}, default_flow_style=True).strip()
        raise TaskError(
            f"`need:` in {path.name} is not written one key a line", f"Write it yourself: `{told}`."
        )
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}", "Free it.") from error
    workspace.__dict__.pop("task", None)  # it is read again, with `--set` on top


def _with(text: str, answers: Mapping[str, Any]) -> str:
    """The file with the keys below a `need:` that is there, else below a new one at the end."""
    lines = text.splitlines()
    written = [
        f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in answers.items()
    ]
    if "need:" in lines:
        place = lines.index("need:") + 1
        below = next((line for line in lines[place:] if line.strip()), "")
        indent = below[: len(below) - len(below.lstrip())] or "  "
        written = [indent + line.strip() for line in written]
        return "\n".join([*lines[:place], *written, *lines[place:]]) + "\n"
    return "\n".join([*lines, "need:", *written]) + "\n"
