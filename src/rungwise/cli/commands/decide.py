"""`rungwise decide`: stop, go on, back to the data, or change the base."""

from __future__ import annotations

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, Wait, written_project


def command(folder: Folder = HERE, wait: Wait = False, json: Json = False) -> None:
    """Say what follows from all verdicts: stop, go on, back to the data, change the base."""
    line = written_project(folder, wait=wait).decide()
    output.as_json({"decision": line}) if json else output.line(line)
