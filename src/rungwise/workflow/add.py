"""`add`: labelled rows that came later join the data, and the test is unseen again (R22, R68)."""

from __future__ import annotations

import os
from pathlib import Path

from rungwise import task as task_file
from rungwise.data.remote import refuse_remote
from rungwise.errors import DataError, RungwiseError
from rungwise.files import write_text
from rungwise.records import SplitRecord
from rungwise.workflow.define import remember
from rungwise.workflow.split import split
from rungwise.workflow.workspace import Workspace
from rungwise.workflow.written_keys import write_keys


def add(workspace: Workspace, path: Path) -> SplitRecord:
    """Join the labelled rows of a file to the data.

    Every old row keeps its part. If the test part was opened, it is replaced by one of new rows,
    which no model and nobody has seen; else it grows.

    Args:
        workspace: The task folder.
        path: A file with the columns of the source.

    Raises:
        DataError: The file is absent or joined already, or too few of its rows are new.
        TaskError: `rungwise.yaml` writes `data:` in a way that no line can be added to.
    """
    refuse_remote(str(path), path)
    if not path.exists():
        raise DataError(f"There is no file {path}", "Check the path.")
    name = os.path.relpath(path.resolve(), workspace.folder)
    data = workspace.task.data
    for known in (data.source, data.validation, data.test, *data.added):
        if known and os.path.normpath(workspace.folder / known) == str(path.resolve()):
            raise DataError(f"{path} is part of the data already", "Give a file of new rows.")
    file = workspace.folder / task_file.FILE_NAME
    before = file.read_text(encoding="utf-8")
    split_before = workspace.state.split
    try:
        write_keys(workspace, "data", {"added": [*data.added, name]})
        record = split(workspace)
    except RungwiseError:
        now = workspace.state.split
        if now is None or split_before is None or now.id == split_before.id:
            write_text(file, before)
            workspace.__dict__.pop("task", None)
            remember(workspace)
        raise
    return record
