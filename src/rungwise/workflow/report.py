"""`report` and `checklist`: pages for people, derived from the record."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rungwise.errors import StorageError
from rungwise.files import write_text
from rungwise.workflow.next_command import due_step, next_command
from rungwise.workflow.priced import priced
from rungwise.workflow.watched import watched
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    from rungwise.reporting.checklist import Item

FILE_NAME = "report.html"


def report(workspace: Workspace, path: Path | None = None) -> Path:
    """Write one self-contained HTML file; it appears only once it is whole.

    Raises:
        StorageError: The file cannot be written.
    """
    from rungwise.reporting.page import render
    from rungwise.workflow.recorded_spans import redactor
    from rungwise.workflow.top_words import top_words

    target = path if path is not None else workspace.folder / FILE_NAME
    rows = workspace.measured() if workspace.state.split else None
    now = datetime.now(UTC).isoformat(timespec="minutes")
    page = render(
        workspace.state,
        rows,
        workspace.predictions,
        next_command(workspace),
        now,
        priced(workspace),
        redactor(workspace),
        top_words(workspace) if rows is not None else None,
        due_step(workspace),
        lambda digest: dict(workspace.prompts(digest).select("id", "prompt").iter_rows()),
        watched(workspace),
    )
    try:
        write_text(target, page)
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written: {error.strerror}", "Name another place with -o."
        ) from error
    return target


def checklist_items(workspace: Workspace) -> list[Item]:
    """The whole way from goal to refresh, with its present state (R6)."""
    from rungwise.reporting.checklist import checklist as items

    return items(workspace.state, next_command(workspace))


def checklist(workspace: Workspace) -> str:
    """The checklist as printable text."""
    from rungwise.reporting.checklist import as_text

    return as_text(checklist_items(workspace))
