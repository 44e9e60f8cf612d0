"""The unlabelled sample of production traffic that the task names (R16)."""

from __future__ import annotations

import polars as pl

from rungwise.data.inputs import read_inputs
from rungwise.errors import DataError
from rungwise.objects import digest_file
from rungwise.workflow.workspace import Workspace

COLUMNS = ("id", "input", "line")


def production(workspace: Workspace) -> pl.DataFrame | None:
    """Its usable rows with the columns `id`, `input` and `line`; None where none is named.

    Raises:
        DataError: The file is absent, cannot be read, or has no usable row.
    """
    name = workspace.task.data.production
    if name is None:
        return None
    reading = read_inputs(workspace.folder / name, workspace.task, workspace.progress)
    if not len(reading.inputs):
        raise DataError(
            f"{name} has no usable row: all {len(reading.bad):,} are set aside "
            f"({reading.bad[0].reason})",
            "Give a sample of what is asked in production.",
        )
    if reading.bad:
        workspace.progress.say(
            f"{len(reading.bad):,} rows of {name} cannot be used, such as line "
            f"{reading.bad[0].line} ({reading.bad[0].reason})."
        )
    return pl.DataFrame(
        {"id": reading.inputs.ids, "input": reading.inputs.values, "line": reading.lines}
    )


def production_digest(workspace: Workspace) -> str:
    """Sha256 of the file, or "" where none is named or there."""
    name = workspace.task.data.production
    path = workspace.folder / name if name else None
    return digest_file(path) if path and path.is_file() else ""
