"""`rungwise checklist`: the whole way, with its present state (R6)."""

from __future__ import annotations

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project


def command(folder: Folder = HERE, json: Json = False) -> None:
    """Print the checklist with its present state."""
    opened = project(folder)
    output.as_json(opened.checklist_items()) if json else output.line(opened.checklist())
