"""`rungwise status`: where the task stands."""

from __future__ import annotations

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project


def command(folder: Folder = HERE, json: Json = False) -> None:
    """Show where the task stands."""
    opened = project(folder)
    view = opened.status()
    output.as_json(view) if json else output.status(view)
