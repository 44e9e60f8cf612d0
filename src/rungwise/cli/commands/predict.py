"""`rungwise predict`: answers of a release, a row for a row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rungwise.cli.options import HERE, Folder, project


def command(
    file: Annotated[
        Path | None,
        typer.Argument(help="The inputs, in any format that is read; - for standard input."),
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option("--text", help="A text to answer, in place of a file.")
    ] = None,
    release: Annotated[
        str, typer.Option(help="Which release answers: v1.0, or the folder of one.")
    ] = "",
    folder: Folder = HERE,
    to: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A .csv, .tsv, .parquet or .jsonl file to write."),
    ] = None,
) -> None:
    """Answer every row of a file with a release, in order."""
    project(folder).predict(file, texts=text or (), release=release or None, output=to)
