"""`rungwise report`: one self-contained page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project


def command(
    folder: Folder = HERE,
    to: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where to write the page.")
    ] = None,
    json: Json = False,
) -> None:
    """Write one HTML file with everything that the record says."""
    path = project(folder).report(to)
    output.as_json({"report": str(path)}) if json else output.line(f"Report: {path}")
