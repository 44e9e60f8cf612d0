"""The unlabelled sample of production traffic that the task names (R16)."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from rungwise.data.csv_layout import Dialect
from rungwise.data.inputs import read_inputs
from rungwise.data.text_folder import digest_source
from rungwise.errors import DataError
from rungwise.evaluation.wording import counted
from rungwise.progress import Progress
from rungwise.task import Task
from rungwise.workflow.workspace import Workspace

COLUMNS = ("id", "input", "line")


def production(task: Task, folder: Path, progress: Progress) -> pl.DataFrame | None:
    """Its usable rows with the columns `id`, `input` and `line`; None where none is named.

    Raises:
        DataError: The file is absent, cannot be read, or has no usable row; the message calls it
            the production sample.
    """
    name = task.data.production
    if name is None:
        return None
    try:
        # `init` reads before its folder exists, and `missing/../file` cannot be opened so.
        path = Path(os.path.normpath(folder.resolve() / name))
        reading = read_inputs(path, task, progress, Dialect.of(task.data, name))
    except DataError as error:
        raise DataError(
            f"The production sample cannot be used: {error.fact}",
            f"{error.next_step} `data.production` names it.",
        ) from error
    if not len(reading.inputs):
        raise DataError(
            f"The production sample {name} has no usable row: all {len(reading.bad):,} are set "
            f"aside ({reading.bad[0].reason})",
            "Give a sample of what is asked in production as `data.production`.",
        )
    if reading.bad:
        progress.say(
            f"{counted(len(reading.bad), 'row')} of {name} cannot be used, such as line "
            f"{reading.bad[0].line} ({reading.bad[0].reason})."
        )
    return pl.DataFrame(
        {"id": reading.inputs.ids, "input": reading.inputs.values, "line": reading.lines}
    )


def production_digest(workspace: Workspace) -> str:
    """Sha256 of the file; `absent` where the one that is named is not there, "" without a name."""
    name = workspace.task.data.production
    if name is None:
        return ""
    path = workspace.folder / name
    return digest_source(path, name) if path.exists() else "absent"
