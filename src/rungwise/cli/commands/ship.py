"""`rungwise ship`: a versioned release of what was tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rungwise.cli import output
from rungwise.cli.ask_need import at_terminal
from rungwise.cli.ask_trust import ask_trust
from rungwise.cli.heartbeat import asking
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

if TYPE_CHECKING:
    from rungwise.workflow.project import Project


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
    confirm_monitoring: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Who in operations confirms `monitoring:` of rungwise.yaml, the drop above all.",
        ),
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
    release = opened.ship(confirm_monitoring=confirm_monitoring or _asked(opened, json=json))
    if json:
        output.as_json(release)
        return
    view = opened.status()
    told = output.release(view["releases"][-1], f"in {opened.folder / release.folder}")
    output.line(f"Released {told}.")
    for decision in view["goes"][-1:] if go else ():
        output.line(f"Go: {output.go(decision)}.")
    output.line(f"Next: {view['next']}")


def _asked(opened: Project, *, json: bool) -> str:
    """Who confirms the monitoring plan, asked at a terminal if somebody has to; else ""."""
    if json or not at_terminal() or opened.status()["step"] != "ship":
        return ""
    if not (said := opened.monitoring_to_confirm()):
        return ""
    typer.echo(said, err=True)
    with asking():
        name: str = typer.prompt("Who in operations confirms it (a name)", default="", err=True)
    return name
