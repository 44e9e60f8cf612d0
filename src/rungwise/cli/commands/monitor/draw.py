"""`rungwise monitor draw`: the requests of a week that people label."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, On, Wait, day_of, written_project


def command(
    folder: Folder = HERE,
    out: Annotated[
        Path | None, typer.Option("-o", "--output", help="The .csv or .jsonl to write.")
    ] = None,
    week: Annotated[
        int | None, typer.Option(help="Week since the promotion; the newest that is over.")
    ] = None,
    on: On = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Draw requests of a week that is over, and write a file for people to label."""
    from rungwise.evaluation.wording import counted
    from rungwise.workflow.typed_command import from_here

    opened = written_project(folder, wait=wait)
    found = opened.draw_spot_check(out, week=week, day=day_of(on))
    raised = opened.raise_missed_weeks(day_of(on))
    if json:
        output.as_json({"draw": found, "notices": [one.content for one in raised]})
        return
    for notice in raised:
        output.line(notice.text)
    name = f"Week {found.week} of {found.version} ({found.start} to before {found.end})"
    if not found.rows:
        output.line(
            f"{name} has no request in the sample, so there is nothing to label. If there were "
            "some, see how they reach the sample: `rungwise monitor import FILE`."
        )
        return
    path = from_here(Path(found.path))
    output.line(
        f"{name}: {counted(found.rows, 'row')} of {found.requests:,} in the sample"
        f"{', drawn before,' if found.again else ''} to label in {path}. Write the right "
        "label of each and who says so, without asking the release."
    )
    output.line(f"Next: rungwise monitor labels {path}")
