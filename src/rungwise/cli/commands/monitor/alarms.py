"""`rungwise monitor alarms`: what was raised, and how it stands."""

from __future__ import annotations

from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, On, day_of, project


def command(
    folder: Folder = HERE,
    on: On = None,
    closed: Annotated[bool, typer.Option("--all", help="Closed ones as well.")] = False,
    json: Json = False,
) -> None:
    """List alarms that are not closed."""
    from rungwise.records import to_json

    found = project(folder).alarms(day_of(on))
    shown = [(alarm, how) for alarm, how in found if closed or how != "closed"]
    if json:
        output.as_json([to_json(alarm.raised) | {"standing": how, "by": alarm.by,
                                                 "acknowledged": alarm.acknowledged,
                                                 "until": alarm.until, "closed": alarm.closed}
                        for alarm, how in shown])  # fmt: skip
        return
    for alarm, how in shown:
        told = {
            "acknowledged": f"acknowledged by {alarm.acknowledged}",
            "silenced": f"silenced until {alarm.until} by {alarm.by}",
            "closed": f"closed by {alarm.by}: {alarm.closed}",
        }.get(how, how)
        output.line(f"{alarm.id:4} {alarm.raised.day} {told}. {alarm.raised.sentence}")
        if how == "open":
            take = f"rungwise monitor acknowledge {alarm.id} --by NAME"
            output.line(f"     First: `{alarm.raised.first or take}`")
    if not shown:
        output.line("No alarm is open." if found else "No alarm was ever raised.")
