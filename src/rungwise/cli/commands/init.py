"""`rungwise init`: from one sentence and a file to a task folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.ask_precision import ask_precision
from rungwise.cli.options import Json, Setting, Wait, shown

Column = typer.Option


def command(
    folder: Annotated[Path, typer.Argument(help="The task folder to make.")],
    data: Annotated[
        str,
        typer.Option(
            help="The labelled rows: CSV, TSV, JSON, JSONL, Parquet or XLSX; or a folder of texts."
        ),
    ],
    goal: Annotated[str, typer.Option(help="One sentence: what is predicted, and how well.")],
    metric: Annotated[str | None, typer.Option(help="The number that defines success.")] = None,
    minimum: Annotated[float | None, typer.Option("--min", help="Target, at least.")] = None,
    maximum: Annotated[float | None, typer.Option("--max", help="Target, at most.")] = None,
    precision: Annotated[
        float | None,
        typer.Option(help="With a goal of recall: what the class must have besides."),
    ] = None,
    input_column: Annotated[
        list[str] | None,
        typer.Option("--input", help="Column to read; give it again to join several."),
    ] = None,
    label: Annotated[str | None, typer.Option(help="Column to predict.")] = None,
    identifier: Annotated[str | None, typer.Option("--id", help="Column of row ids.")] = None,
    group: Annotated[
        str | None, typer.Option(help="Column whose rows must not straddle splits.")
    ] = None,
    time: Annotated[str | None, typer.Option(help="Column of times.")] = None,
    annotator: Annotated[str | None, typer.Option(help="Column of annotators.")] = None,
    validation: Annotated[str | None, typer.Option(help="Your own validation file.")] = None,
    test: Annotated[str | None, typer.Option(help="Your own test file.")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of files that are not UTF-8, such as cp1250.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Between cells: one character, or tab.")
    ] = None,
    quote: Annotated[str | None, typer.Option(help="Around cells: one character, or none.")] = None,
    documents: Annotated[
        str | None, typer.Option(help="What answers can be looked up in: a file or a folder.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Base model: hub id or local folder.")
    ] = None,
    settings: Setting = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Make a task folder from one sentence and a labelled file."""
    from rungwise.workflow.project import Project

    output.folder.set(folder)
    if precision is None and not json:
        precision = ask_precision(goal, metric)
    project = Project.init(
        folder,
        data=data,
        goal=goal,
        metric=metric,
        minimum=minimum,
        maximum=maximum,
        precision=precision,
        columns={
            "input": input_column or None,
            "label": label,
            "id": identifier,
            "group": group,
            "time": time,
            "annotator": annotator,
        },
        validation=validation,
        test=test,
        documents=documents,
        models=model or (),
        settings=(
            *(settings or ()),
            *(
                f"data.{key}={value}"
                for key, value in (
                    ("encoding", encoding),
                    ("delimiter", delimiter),
                    ("quote", quote),
                )
                if value is not None
            ),
        ),
        progress=shown(),
        wait=wait,
    )
    if json:
        output.as_json(project.status())
        return
    output.line(f"Made {folder / 'rungwise.yaml'} and {folder / 'GUIDELINE.md'}.")
    output.line()
    output.line(project.checklist())
