"""`rungwise watch`: check, draw, alarm and refresh on a schedule, in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, On, Trust, Wait, day_of, project

if TYPE_CHECKING:
    from rungwise.workflow.watch import Cycle

HOLDS = 3
"""Exit code of a single cycle whose refresh a gate holds."""


def command(
    once: Annotated[bool, typer.Option("--once", help="End after one cycle, for cron.")] = False,
    every: Annotated[float, typer.Option(min=0.01, help="Hours between two cycles.")] = 24.0,
    on: On = None,
    folder: Folder = HERE,
    trust: Trust = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Check production, draw weeks, send notices and refresh what is due, on a schedule."""
    if on is not None and not once:
        raise typer.BadParameter("give it with --once", param_hint="--on")
    held = []

    def tell(cycle: Cycle) -> None:
        _json(cycle) if json else _tell(cycle)
        held.append(bool(cycle.waits))

    opened = project(folder, wait=wait)
    opened.watch_production(tell, hours=every, once=once, day=day_of(on), trust=trust or ())
    if any(held):
        raise typer.Exit(HOLDS)


def _json(cycle: Cycle) -> None:
    from rungwise.records import to_json

    output.as_json_line(
        {
            "day": cycle.day,
            "checked": cycle.report.as_json,
            "drawn": [to_json(one) for one in cycle.drawn],
            "refreshed": to_json(cycle.refreshed),
            "notices": list(cycle.notices),
            "waits": cycle.waits,
        }
    )


def _tell(cycle: Cycle) -> None:
    from rungwise.cli.commands.monitor.check import lines
    from rungwise.evaluation.wording import counted

    for line in lines(cycle.report):
        output.line(line)
    for drawn in cycle.drawn:
        if drawn.rows:
            output.line(
                f"Week {drawn.week} of {drawn.version}: {counted(drawn.rows, 'row')} to label in "
                f"{drawn.path}. Next: rungwise monitor labels {drawn.path}"
            )
        else:
            output.line(f"Week {drawn.week} of {drawn.version} has no requests to label.")
    if cycle.refreshed is not None:
        made = cycle.refreshed
        version = f"{made.version} was packaged" if made.version else "nothing was packaged"
        output.line(f"Refresh of {made.champion}: {made.outcome}, {version}.")
    for notice in cycle.notices:
        output.line(notice)
    if cycle.waits:
        output.line(f"A refresh is due and waits: {cycle.waits}")
