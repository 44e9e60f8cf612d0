"""`predict`: answer every row of a file with a release, in order, nothing dropped."""

from __future__ import annotations

import sys
from pathlib import Path

from rungwise.data.inputs import read_inputs
from rungwise.errors import InputError
from rungwise.release.answers import write
from rungwise.release.opened import opened
from rungwise.release.unasked import unasked
from rungwise.workflow.workspace import Workspace


def predict(workspace: Workspace, file: Path, release: str | None, output: Path | None) -> int:
    """Answer a file's rows; returns how many rows the file has.

    Args:
        workspace: The task folder.
        file: CSV, TSV, JSONL or Parquet, with the input column of the task.
        release: Such as `v1.0`; the newest unless given.
        output: Where the JSON lines go; standard output unless given.

    Raises:
        InputError: There is no such release.
        DataError: The file cannot be read.
        ModelError: A file of the release has changed.
    """
    folder = _release(workspace, release)
    predictor = opened(folder)
    reading = read_inputs(file, workspace.task, workspace.progress)
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


def _release(workspace: Workspace, version: str | None) -> Path:
    known = [record.version for record in workspace.state.releases]
    if not known:
        raise InputError("There is no release yet", "Make one with `rungwise ship`.")
    wanted = version or known[-1]
    if wanted not in known:
        raise InputError(f"There is no release {wanted}", f"Known: {', '.join(known)}.")
    return workspace.releases / wanted
