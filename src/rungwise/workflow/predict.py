"""`predict`: answer every row of a file with a release, in order, nothing dropped."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rungwise.data.inputs import read_inputs
from rungwise.errors import InputError
from rungwise.release.answers import write
from rungwise.release.opened import Answers, opened
from rungwise.release.unasked import unasked
from rungwise.release.version import is_version
from rungwise.task import FILE_NAME, Task, parse
from rungwise.workflow.workspace import Workspace


def predict(workspace: Workspace, file: Path, release: str | None, output: Path | None) -> int:
    """Answer a file's rows; returns how many rows the file has.

    Args:
        workspace: The task folder.
        file: CSV, TSV, JSONL or Parquet, with the input column of the task.
        release: Such as `v1.0`, the newest unless given; or the folder of a release, here or
            copied away from its project.
        output: Where the JSON lines go; standard output unless given.

    Raises:
        InputError: There is no such release.
        LedgerError: The release is not the one that was shipped.
        DataError: The file cannot be read.
        ModelError: A file of the release has changed.
    """
    if release is not None and _is_folder(release):
        folder, recorded = Path(release), _vouched(workspace, Path(release))
    else:
        folder, recorded = _shipped(workspace, release)
    predictor = opened(folder, recorded=recorded)
    own = folder.parent == workspace.releases
    task = workspace.task if own else _task_of(predictor, folder)
    reading = read_inputs(file, task, workspace.progress)
    for assumption in reading.assumptions:
        workspace.progress.say(assumption)
    predictions = predictor.predict(reading.inputs, workspace.progress)
    answered, left = unasked(predictions, reading.lines, file.name)
    aside = [*reading.bad, *left]
    target = output if output is not None else sys.stdout.buffer
    write(
        predictions.where(answered),
        reading.lines.filter(answered),
        aside,
        predictor.version,
        target,
    )
    if aside:
        rows = "row has" if len(aside) == 1 else "rows have"
        workspace.progress.say(f"{len(aside):,} {rows} no answer, and each says why.")
    return len(predictions) + len(reading.bad)


def _shipped(workspace: Workspace, version: str | None) -> tuple[Path, str]:
    """Folder of a release of this project, and the digest that its ledger recorded."""
    known = {record.version: record.manifest for record in workspace.state.releases}
    if not known:
        raise InputError("There is no release yet", "Make one with `rungwise ship`.")
    wanted = version or list(known)[-1]
    if wanted not in known:
        raise InputError(f"There is no release {wanted}", f"Known: {', '.join(known)}.")
    return workspace.releases / wanted, known[wanted]


def _is_folder(release: str) -> bool:
    return not is_version(release) and (os.sep in release or Path(release).is_dir())


def _vouched(workspace: Workspace, folder: Path) -> str | None:
    """The digest in the ledger of the project that a release lies in; None, aloud, elsewhere."""
    place = folder.resolve()
    owner = place.parent.parent
    if place.parent.name == "releases" and (owner / FILE_NAME).is_file():
        for record in Workspace(owner, workspace.progress).state.releases:
            if record.version == place.name:
                return record.manifest
    workspace.progress.say(
        f"No ledger vouches for {folder}: it is opened by its own manifest, which says what its "
        "files were when it was written, not who wrote it."
    )
    return None


def _task_of(predictor: Answers, folder: Path) -> Task:
    """The task that a release was made for, so that it answers without its project."""
    assert predictor.manifest is not None, "a release has a manifest"
    return parse(predictor.manifest.task, f"the manifest of {folder}")
