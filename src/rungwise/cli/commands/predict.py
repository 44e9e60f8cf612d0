"""`rungwise predict`: answers of a release, one JSON object a row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rungwise.cli.options import HERE, Folder, project


def command(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSONL or Parquet with the inputs.")],
    release: Annotated[
        str, typer.Option(help="Which release answers: v1.0, or the folder of one.")
    ] = "",
    folder: Folder = HERE,
    to: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; else standard output.")
    ] = None,
) -> None:
    """Answer every row of a file with a release, in order."""
    project(folder).predict(file, release=release or None, output=to)
