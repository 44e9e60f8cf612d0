"""`rungwise audit`: questions put to the data."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project


def command(
    folder: Folder = HERE,
    depth: Annotated[
        Literal["fast", "deep"] | None,
        typer.Option(help="How hard to look for near copies; by the number of rows unless given."),
    ] = None,
    json: Json = False,
) -> None:
    """Put every audit to the data."""
    from rungwise.records import to_json

    opened = project(folder)
    found = [to_json(finding) for finding in opened.audit(depth=depth)]
    if json:
        output.as_json({"findings": [_told(finding) for finding in found]})
    elif found:
        output.findings(found)
    else:
        output.line("The audits have looked and found nothing.")
    if any(finding["severity"] == "block" for finding in found):
        raise typer.Exit(3)


def _told(finding: dict[str, Any]) -> dict[str, Any]:
    """A finding whose rows have only the keys that apply."""
    return finding | {"rows": [_applying(row) for row in finding["rows"]]}


def _applying(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if value not in (None, [])}
    return kept | ({"other": _applying(row["other"])} if row.get("other") else {})
