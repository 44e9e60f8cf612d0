"""Releases as a project knows them: by version or folder, opened as its ledger recorded them."""

from __future__ import annotations

import os
from pathlib import Path

from rungwise.errors import InputError
from rungwise.records import ReleaseRecord
from rungwise.release.opened import Answers, opened
from rungwise.release.version import is_version
from rungwise.stages import champion
from rungwise.task import FILE_NAME, Task, parse
from rungwise.workflow.workspace import Workspace

PROMOTE = 'rungwise release promote {version} --by NAME --role ROLE --reason "…"'


def located(workspace: Workspace, release: str | None) -> tuple[Answers, Path, Task]:
    """Open a release: what answers, its folder, and the task that it answers for.

    Args:
        workspace: The task folder.
        release: Such as `v1.0`, unless given the champion, or the newest if none is in
            production; or the folder of a release, here or copied away from its project.

    Raises:
        InputError: There is no such release.
        LedgerError: The release is not the one that was shipped.
        ModelError: A file of the release has changed.
    """
    predictor, folder = opened_release(workspace, release)
    own = folder.parent == workspace.releases
    return predictor, folder, workspace.task if own else _task_of(predictor, folder)


def opened_release(
    workspace: Workspace, release: str | None, *, threads: int | None = None
) -> tuple[Answers, Path]:
    """Open a release: what answers, and its folder.

    Arguments and errors are those of `located`, and of `rungwise.release.opened`.
    """
    folder, record = release_folder(workspace, release)
    if record:
        told = opened(folder, recorded=record.manifest, about=record.about, threads=threads)
        return told, folder
    return opened(folder, threads=threads), folder


def release_folder(workspace: Workspace, release: str | None) -> tuple[Path, ReleaseRecord | None]:
    """Where a release lies, and its record in a ledger, if one vouches for it."""
    if release is not None and _is_folder(release):
        return Path(release), _vouched(workspace, Path(release))
    record = _shipped(workspace, release)
    return workspace.releases / record.version, record


def known_release(workspace: Workspace, version: str) -> ReleaseRecord:
    """The record of a release.

    Raises:
        InputError: There is none of this version.
    """
    known = {release.version: release for release in workspace.state.releases}
    if version not in known:
        told = f"Known: {', '.join(known)}." if known else "Make one with `rungwise ship`."
        raise InputError(f"There is no release {version}", told)
    return known[version]


def _shipped(workspace: Workspace, version: str | None) -> ReleaseRecord:
    """A release of this project, as its ledger recorded it."""
    known = {record.version: record for record in workspace.state.releases}
    if not known and not (workspace.folder / FILE_NAME).is_file():
        raise InputError(
            f"{workspace.folder} is no task folder: it has no {FILE_NAME}",
            "Name it with `-C`, or the folder of a release with `--release`.",
        )
    if not known:
        raise InputError("There is no release yet", "Make one with `rungwise ship`.")
    wanted = version or _in_production(workspace, list(known)[-1])
    if wanted not in known:
        raise InputError(f"There is no release {wanted}", f"Known: {', '.join(known)}.")
    return known[wanted]


def _in_production(workspace: Workspace, newest: str) -> str:
    """The champion, or the newest release while none is in production; said either way."""
    version = champion(workspace.state.promotions)
    if version is None:
        workspace.progress.say(
            f"No release is in production, so the newest answers: {newest}. Promote it with "
            f"`{PROMOTE.format(version=newest)}`."
        )
        return newest
    if version != newest:
        workspace.progress.say(f"{version} answers: it is in production, and {newest} is not.")
    return version


def _is_folder(release: str) -> bool:
    return not is_version(release) and (os.sep in release or Path(release).is_dir())


def _vouched(workspace: Workspace, folder: Path) -> ReleaseRecord | None:
    """The record in the ledger of the project that a release lies in; None, aloud, elsewhere."""
    # Where the user says that it lies comes first: a link there may lead to another release.
    for place in (Path(os.path.normpath(folder.absolute())), folder.resolve()):
        owner = place.parent.parent
        if place.parent.name == "releases" and (owner / FILE_NAME).is_file():
            for record in Workspace(owner, workspace.progress).state.releases:
                if record.version == place.name:
                    return record
    workspace.progress.say(
        f"No ledger vouches for {folder}: it is opened by its own manifest, which says what its "
        "files were when it was written, not who wrote it."
    )
    return None


def _task_of(predictor: Answers, folder: Path) -> Task:
    """The task that a release was made for, so that it answers without its project."""
    assert predictor.manifest is not None, "a release has a manifest"
    return parse(predictor.manifest.task, f"the manifest of {folder}")
