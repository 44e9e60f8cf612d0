"""`rungwise monitor silence`: no notices of an alarm and of its kind before a date."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, By, Folder, On, Reason, Wait, day_of, written_project


def command(
    alarm: Annotated[str, typer.Argument(metavar="ALARM", help="Such as a1.")],
    until: Annotated[
        datetime,
        typer.Option("--until", formats=["%Y-%m-%d"], help="The day on which it is open again."),
    ],
    folder: Folder = HERE,
    by: By = "",
    reason: Reason = "",
    on: On = None,
    wait: Wait = False,
) -> None:
    """Send no notice of an alarm, and of later ones of its kind, before a date."""
    opened = written_project(folder, wait=wait)
    found = opened.silence_alarm(alarm, until=until.date(), by=by, reason=reason, day=day_of(on))
    output.line(f"{found.id} and later alarms of `{found.raised.kind}` are silenced until "
                f"{found.until}. They stay on record.")  # fmt: skip
