"""`rungwise run`: as far as the gates allow."""

from __future__ import annotations

from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.ask_hours import watch
from rungwise.cli.ask_need import ask_need
from rungwise.cli.ask_trust import ask_trust
from rungwise.cli.options import (
    HERE,
    By,
    Folder,
    Json,
    OverrideGate,
    Reason,
    Role,
    Setting,
    Show,
    Trust,
    Wait,
    override,
    written_project,
)


def command(
    folder: Folder = HERE,
    climb: Annotated[
        str, typer.Option(help="`target` stops at the target, `all` goes on to compare.")
    ] = "target",
    settings: Setting = None,
    gates: OverrideGate = None,
    by: By = "",
    role: Role = "",
    reason: Reason = "",
    trust: Trust = None,
    wait: Wait = False,
    show: Show = 0,
    json: Json = False,
) -> None:
    """Split, audit and climb as far as the gates allow; say why it stopped and what is next."""
    if climb not in ("target", "all"):
        raise typer.BadParameter("give target or all", param_hint="--climb")
    opened = written_project(folder, settings, wait=wait)
    ask_trust(opened, trust, json=json)
    ask_need(opened, json=json)
    override(opened, gates, by, role, reason)
    watch(opened, show, json=json)
    ended = opened.run(everything=climb == "all")
    if json:
        output.as_json(opened.status())
    else:
        output.line()
        output.line(ended.reason)
        if f"`{ended.next}`" not in output.located(ended.reason):
            output.line(f"Next: {ended.next}")
    if not ended.ready:
        raise typer.Exit(3)
