"""Code that a task names runs once this user has allowed its file, as it is, and only to measure.

The ledger says what was allowed, and it may have come with the project: see `trusted_here`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rungwise.evaluation.own_code import Code, CodeError, code_places, facts, read_code
from rungwise.workflow import trusted_here
from rungwise.workflow.workspace import Workspace


@contextlib.contextmanager
def measuring(workspace: Workspace, trust: str | Sequence[str] = ()) -> Iterator[None]:
    """Let the verb inside run the code that the task names, if all of it is allowed.

    Args:
        workspace: The task folder.
        trust: Files that the user allows now, such as `own.py`.

    Raises:
        CodeError: A file cannot be used, or is not allowed to run.
    """
    for file in (trust,) if isinstance(trust, str) else trust:
        allow(workspace, file)
    for place in code_places(workspace.task):
        require_allowed(workspace, read_code(place, workspace.folder))
    before, workspace.measures = workspace.measures, True
    try:
        yield
    finally:
        workspace.measures = before


def require_allowed(workspace: Workspace, code: Code) -> None:
    """Refuse a file that this user has not allowed to run as it is now.

    Raises:
        CodeError: It is not allowed; the message says how.
    """
    if allowed(workspace, code):
        return
    before = {digest for file, digest in workspace.state.trusted if file == code.file}
    why = "has changed since it was allowed" if before else "is not yet trusted"
    if code.digest in before:
        why = "is not yet trusted by you: the record of the project says that it was allowed before"
    raise CodeError(
        f"{code.file} (sha256 {code.digest[:12]}) is code of the task, and {why}",
        f"Read it, then give `--trust {code.file}`.",
    )


def allowed(workspace: Workspace, code: Code) -> bool:
    """Whether a file may run as it is now: by the ledger, and by this user on this machine."""
    return _on_record(workspace, code) and trusted_here.is_trusted(code.digest)


def _on_record(workspace: Workspace, code: Code) -> bool:
    return (code.file, code.digest) in workspace.state.trusted


def allow(workspace: Workspace, file: str, digest: str | None = None) -> Code:
    """Allow a file to run as it is now: on record, and in the list of this user.

    Args:
        workspace: The task folder.
        file: As the task names it, or as a path from the working directory.
        digest: Sha256 of what the user has read; a file that is another now is refused.

    Raises:
        CodeError: The task names no such file, or it cannot be used.
    """
    places = code_places(workspace.task)
    paths = {Path(file).absolute(), workspace.folder / file}
    place = next((one for one in places if workspace.folder / one in paths), None)
    if place is None:
        known = f"It names {', '.join(places)}." if places else "It names no code at all."
        raise CodeError(f"rungwise.yaml names no code in {file}", known)
    code = read_code(place, workspace.folder)
    if digest not in (None, code.digest):
        raise CodeError(f"{code.file} has changed since it was read", "Read it again.")
    if allowed(workspace, code):
        return code
    if not _on_record(workspace, code):
        workspace.objects.put(code.content)
        workspace.record("trust", {"file": code.file, "digest": code.digest})
    unkept = trusted_here.trust(code.digest)
    until = f"until this process ends: {unkept}" if unkept else "from now on"
    workspace.progress.say(f"{code.file} (sha256 {code.digest[:12]}) may run {until}.")
    return code


def untrusted(workspace: Workspace) -> list[Code]:
    """Files that would have to be allowed before the task is measured.

    Raises:
        CodeError: One cannot be used.
    """
    found = [read_code(place, workspace.folder) for place in code_places(workspace.task)]
    return [code for code in found if not allowed(workspace, code)]


def code_view(workspace: Workspace) -> list[dict[str, Any]]:
    """Files of code that the task names, for `status` and `check`; a fault is told, not raised."""
    return [_view(workspace, place) for place in code_places(workspace.task)]


def _view(workspace: Workspace, place: str) -> dict[str, Any]:
    names = (workspace.task.task.metric, *workspace.task.generation.metrics)
    try:
        code = read_code(place, workspace.folder)
        for name in names:
            if name.startswith(f"{place}:"):
                facts(code, name.removeprefix(f"{place}:"))
    except CodeError as error:
        return {"file": place, "sha256": "", "trusted": False, "fault": str(error)}
    trusted = allowed(workspace, code)
    return {"file": code.file, "sha256": code.digest, "trusted": trusted, "fault": ""}
