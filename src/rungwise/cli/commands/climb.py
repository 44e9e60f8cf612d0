"""`rungwise climb`: the ladder alone, or one rung of it."""

from __future__ import annotations

from pathlib import Path
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
    rung: Annotated[list[str] | None, typer.Option(help="Only this rung.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Go on past the target.")] = False,
    imported: Annotated[
        Path | None,
        typer.Option("--import", help="Predictions of the system in use today (id,label)."),
    ] = None,
    name: Annotated[str, typer.Option(help="What the imported system is called.")] = "current",
    plan: Annotated[
        bool, typer.Option("--plan", help="Only say how long every rung would take.")
    ] = False,
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
    """Climb the ladder, cheapest rung first, until the target is reached."""
    opened = written_project(folder, settings, wait=wait)
    if plan:
        planned = opened.plan()
        output.as_json({"rungs": planned}) if json else output.plan(planned)
        return
    ask_trust(opened, trust, json=json)
    ask_need(opened, json=json)
    override(opened, gates, by, role, reason)
    watch(opened, show, json=json)
    if imported is not None:
        opened.import_predictions(imported, name)
        rung = rung or ["current"]
    outcome = opened.climb(rungs=rung or (), everything=everything)
    view = opened.status()
    output.as_json(view) if json else output.status(view)
    if not (outcome.reached or rung or view["step"] == "test"):
        raise typer.Exit(3)
