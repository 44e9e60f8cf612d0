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
    encoding: Annotated[
        str | None, typer.Option(help="Of a file that is not UTF-8, such as cp1250.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Between cells: one character, or tab.")
    ] = None,
    quote: Annotated[str | None, typer.Option(help="Around cells: one character, or none.")] = None,
    sample: Annotated[
        bool, typer.Option(help="Keep some rows in the sample of production.")
    ] = True,
    folder: Folder = HERE,
    to: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A .csv, .tsv, .parquet or .jsonl file to write."),
    ] = None,
) -> None:
    """Answer every row of a file with a release, in order."""
    written = {"encoding": encoding, "delimiter": delimiter, "quote": quote}
    project(folder).predict(
        file, texts=text or (), release=release or None, output=to, written=written, sample=sample
    )
