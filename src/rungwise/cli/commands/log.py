"""`rungwise log`: the ledger, entry by entry."""

from __future__ import annotations

from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project
from rungwise.cli.summary import said


def command(
    folder: Folder = HERE,
    kind: Annotated[str | None, typer.Option(help="Only entries of this kind.")] = None,
    json: Json = False,
) -> None:
    """Read the ledger, oldest entry first."""
    entries = project(folder).log(kind)
    if json:
        output.as_json(entries)
        return
    for entry in entries:
        told = said(entry.kind, entry.payload)
        output.line(f"{entry.sequence:5} {entry.time} {entry.hash[:8]} {entry.kind:10} {told}")
