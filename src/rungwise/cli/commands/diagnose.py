"""`rungwise diagnose`: what each attempt's curves and numbers say."""

from __future__ import annotations

from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project


def command(
    attempt: Annotated[str | None, typer.Argument(help="Attempt id, or its beginning.")] = None,
    folder: Folder = HERE,
    json: Json = False,
) -> None:
    """Tell what each attempt's curves and numbers say, and what to do next."""
    from rungwise.records import to_json

    opened = project(folder)
    readings = opened.diagnose(attempt)
    if json:
        output.as_json(readings)
        return
    rungs = {evidence.id: evidence.rung for evidence in opened.attempts()}
    for identity, found in readings.items():
        output.line(f"{identity[:8]} {rungs.get(identity, '')}")
        output.findings(to_json(found))
