"""`rungwise audit`: questions put to the data."""

from __future__ import annotations

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project


def command(folder: Folder = HERE, json: Json = False) -> None:
    """Put every audit to the data."""
    from rungwise.records import to_json

    opened = project(folder)
    found = [to_json(finding) for finding in opened.audit()]
    if json:
        output.as_json({"findings": found})
    elif found:
        output.findings(found)
    else:
        output.line("The audits have looked and found nothing.")
    if any(finding["severity"] == "block" for finding in found):
        raise typer.Exit(3)
