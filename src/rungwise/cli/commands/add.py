"""`rungwise add`: labelled rows that came later."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, Wait, written_project


def command(
    file: Annotated[Path, typer.Argument(help="Labelled rows, with the columns of the source.")],
    folder: Folder = HERE,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Join labelled rows to the data; every old row keeps its part, and the test is unseen."""
    opened = written_project(folder, wait=wait)
    record = opened.add(file)
    if json:
        output.as_json(record)
        return
    parts = ", ".join(f"{count:,} {part}" for part, count in record.rows.items())
    output.line(f"{parts}; the test part is sealed.")
    output.line(f"Next: {opened.status()['next']}")
