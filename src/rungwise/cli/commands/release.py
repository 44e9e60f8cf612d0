"""`rungwise release`: what is in production, and who decided."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from rungwise.cli import output
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
    project,
)

if TYPE_CHECKING:
    from rungwise.workflow.project import Project


class Action(StrEnum):
    """What is done with a release."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    HISTORY = "history"


def command(
    action: Annotated[
        Action,
        typer.Argument(help="promote VERSION, rollback to the one before, or read the history."),
    ],
    version: Annotated[str, typer.Argument(help="Which release to promote, such as v1.1.")] = "",
    folder: Folder = HERE,
    go: Annotated[
        bool,
        typer.Option("--go", help="With promote: accept what the test of a refresh left open."),
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
    """Put a release into production, take it back, or read what was there when."""
    if (action is Action.PROMOTE) != bool(version):
        missing = "name one" if action is Action.PROMOTE else f"{action} takes none"
        raise typer.BadParameter(missing, param_hint="VERSION")
    if bool(down_to or up_to) != go:
        missing = "give --down-to LOW or --up-to HIGH" if go else "give it with --go"
        raise typer.BadParameter(missing, param_hint="--go / --down-to / --up-to")
    opened = project(folder, wait=wait)
    if action is Action.HISTORY:
        _history(opened, json=json)
        return
    if action is Action.PROMOTE:
        decision = opened.promote(
            version,
            by=by,
            role=role,
            reason=reason,
            down_to=down_to,
            up_to=up_to,
            override=gates or (),
            trust=trust or (),
        )
    else:
        decision = opened.rollback(by=by, role=role, reason=reason)
    if json:
        output.as_json(decision)
        return
    output.line(f"{decision.version} is in production, by {decision.name} ({decision.role}).")
    output.line(
        "A server that runs follows within seconds, unless it was started with `--release`."
    )
    output.line(
        'To take it back: `rungwise release rollback --by NAME --role ROLE --reason "…"`.'
        if action is Action.PROMOTE
        else "What was in production when: `rungwise release history`."
    )


def _history(opened: Project, *, json: bool) -> None:
    periods = opened.production_history()
    if json:
        output.as_json(periods)
        return
    if not periods:
        output.line(
            "No release was ever put into production: "
            '`rungwise release promote VERSION --by NAME --role ROLE --reason "…"`.'
        )
    for period in periods:
        decision = period.decision
        how = "rolled back" if decision.back else "promoted"
        output.line(
            f"{period.version:6} {period.since} to {period.until or 'now'}  {how} by "
            f"{decision.name} ({decision.role}): {decision.reason}"
        )
