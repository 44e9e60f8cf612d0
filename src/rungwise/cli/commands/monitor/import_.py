"""`rungwise monitor import`: requests that another server answered, and outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, Wait, written_project


def command(
    file: Annotated[Path, typer.Argument(help="Requests with answers, or ids with labels.")],
    version: Annotated[
        str, typer.Option(help="Which release answered, if no column says it.")
    ] = "",
    selection: Annotated[
        str, typer.Option(help="How the rows with a label were selected; needed for labels.")
    ] = "",
    input_: Annotated[str, typer.Option("--input", help="The column of inputs.")] = "",
    answer: Annotated[str, typer.Option(help="The column of answers.")] = "",
    label: Annotated[str, typer.Option(help="The column of true labels.")] = "",
    id_: Annotated[str, typer.Option("--id", help="The column of ids.")] = "",
    time: Annotated[str, typer.Option(help="The column of times.")] = "",
    folder: Folder = HERE,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Read requests that another server answered into the sample, or their true labels."""
    from rungwise.workflow.sample_import import sentences

    given = {"input": input_, "answer": answer, "label": label, "id": id_, "time": time}
    columns = {role: column for role, column in given.items() if column}
    found = written_project(folder, wait=wait).import_sample(
        file, version=version, selection=selection, columns=columns
    )
    if json:
        output.as_json(found)
        return
    for line in sentences(found, file.name):
        output.line(line)
