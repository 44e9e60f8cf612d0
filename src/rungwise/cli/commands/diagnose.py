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
    from rungwise.evaluation.attempt_names import attempt_name, short
    from rungwise.records import to_json

    opened = project(folder)
    readings = opened.diagnose(attempt)
    if json:
        output.as_json(readings)
        return
    attempts = {evidence.id: evidence for evidence in opened.attempts()}
    for identity, found in readings.items():
        if identity in attempts:
            output.line(f"{short(identity)} {attempt_name(attempts[identity])}")
        else:
            output.line(f"{short(identity)} measured by another metric, or on other rows")
        output.findings(to_json(found[:1]))
        output.findings([{**one, "advice": ""} for one in to_json(found[1:])])
    output.line(f"Next: {opened.status()['next']}")
