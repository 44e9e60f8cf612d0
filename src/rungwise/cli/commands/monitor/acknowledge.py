"""`rungwise monitor acknowledge`: say who takes an alarm on."""

from __future__ import annotations

from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, By, Folder, On, Wait, day_of, written_project

Which = Annotated[str, typer.Argument(metavar="ALARM", help="Such as a1.")]


def command(
    alarm: Which, folder: Folder = HERE, by: By = "", on: On = None, wait: Wait = False
) -> None:
    """Say who takes an alarm on."""
    found = written_project(folder, wait=wait).acknowledge_alarm(alarm, by=by, day=day_of(on))
    output.line(f"{found.id} is acknowledged by {found.acknowledged}.")
