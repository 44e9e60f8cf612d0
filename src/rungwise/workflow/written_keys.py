"""Writing keys into `rungwise.yaml`: every other line stays as its owner wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from rungwise import task as task_file
from rungwise.errors import StorageError, TaskError
from rungwise.files import write_text
from rungwise.unique_keys import read_yaml
from rungwise.workflow.workspace import Workspace


def write_keys(workspace: Workspace, section: str, answers: Mapping[str, Any]) -> None:
    """Write keys under a section of the task's file, in the place of those that are there.

    Raises:
        TaskError: A key or a value is none that the section takes, or the file writes it in a way
            that no line can be changed in.
        StorageError: The file cannot be written.
    """
    path = workspace.folder / task_file.FILE_NAME
    before = path.read_text(encoding="utf-8")
    wanted = read_yaml(before, path.name)
    plain = {key: list(one) if isinstance(one, tuple) else one for key, one in answers.items()}
    wanted[section] = {**(wanted.get(section) or {}), **plain}
    task_file.parse(wanted)
    text = _with(before, section, plain)
    if yaml.safe_load(text) != wanted:  # our own text
        told = yaml.safe_dump({section: dict(wanted[section])}, default_flow_style=True).strip()
        raise TaskError(
            f"`{section}:` in {path.name} is not written one key a line",
            f"Write it yourself: `{told}`.",
        )
    try:
        write_text(path, text)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}", "Free it.") from error
    workspace.__dict__.pop("task", None)  # it is read again, with `--set` on top


def _with(text: str, section: str, answers: Mapping[str, Any]) -> str:
    """The file with the keys below a section that is there, else below a new one at the end."""
    lines = text.splitlines()
    written = {
        key: f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in answers.items()
    }
    if f"{section}:" not in lines:
        return "\n".join([*lines, f"{section}:", *(f"  {one}" for one in written.values())]) + "\n"
    place = lines.index(f"{section}:") + 1
    below = next((line for line in lines[place:] if line.strip()), "")
    indent = below[: len(below) - len(below.lstrip())] or "  "
    end = next(
        (
            at
            for at, line in enumerate(lines[place:], place)
            if line.strip() and line[0] not in " #"
        ),
        len(lines),
    )
    for at in range(place, end):
        key = lines[at].strip().partition(":")[0]
        if lines[at].startswith(f"{indent}{key}:") and key in written:
            lines[at] = indent + written.pop(key)
    return (
        "\n".join([*lines[:place], *(indent + one for one in written.values()), *lines[place:]])
        + "\n"
    )
