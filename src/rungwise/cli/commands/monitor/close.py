"""`rungwise monitor close`: close an alarm with a reason."""

from __future__ import annotations

from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, By, Folder, On, Reason, Wait, day_of, written_project


def command(
    alarm: Annotated[str, typer.Argument(metavar="ALARM", help="Such as a1.")],
    folder: Folder = HERE,
    by: By = "",
    reason: Reason = "",
    on: On = None,
    wait: Wait = False,
) -> None:
    """Close an alarm; what it is about is not raised again."""
    opened = written_project(folder, wait=wait)
    found = opened.close_alarm(alarm, by=by, reason=reason, day=day_of(on))
    output.line(f"{found.id} is closed by {found.by}: {found.closed}.")
