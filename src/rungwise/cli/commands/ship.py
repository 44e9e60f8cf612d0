"""`rungwise ship`: a versioned release of what was tested."""

from __future__ import annotations

from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.ask_trust import ask_trust
from rungwise.cli.options import (
    HERE,
    By,
    Folder,
    Json,
    OverrideGate,
    Reason,
    Role,
    Trust,
    Wait,
    override,
    written_project,
)


def command(
    folder: Folder = HERE,
    go: Annotated[
        bool,
        typer.Option(
            "--go", help="Accept in your name what the test left open (--by, --role, --reason)."
        ),
    ] = False,
    down_to: Annotated[
        str, typer.Option(help="With --go: the low end of the test's interval, as it is printed.")
    ] = "",
    up_to: Annotated[
        str, typer.Option(help="The high end instead, if smaller values of the metric are better.")
    ] = "",
    gates: OverrideGate = None,
    by: By = "",
    role: Role = "",
    reason: Reason = "",
    trust: Trust = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Freeze what was tested as releases/vX.Y."""
    if (down_to or up_to) and not go:
        raise typer.BadParameter("give it with --go", param_hint="--down-to / --up-to")
    opened = written_project(folder, wait=wait)
    ask_trust(opened, trust, json=json)
    override(opened, gates, by, role, reason)
    if go:
        opened.go(by=by, role=role, reason=reason, down_to=down_to, up_to=up_to)
    release = opened.ship()
    if json:
        output.as_json(release)
        return
    view = opened.status()
    told = output.release(view["releases"][-1], f"in {opened.folder / release.folder}")
    output.line(f"Released {told}.")
    for decision in view["goes"][-1:] if go else ():
        output.line(f"Go: {output.go(decision)}.")
    output.line(f"Next: {view['next']}")
