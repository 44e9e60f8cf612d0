"""`rungwise refresh`: what is in production, trained again with new rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rungwise.cli import output
from rungwise.cli.ask_trust import ask_trust
from rungwise.cli.options import HERE, Folder, Json, Trust, Wait, project, written_project

if TYPE_CHECKING:
    from rungwise.refreshed import Compared
    from rungwise.workflow.refresh import RefreshPlan


def command(
    file: Annotated[
        Path | None, typer.Argument(help="New labelled rows, with the columns of the source.")
    ] = None,
    folder: Folder = HERE,
    plan: Annotated[
        bool,
        typer.Option("--plan", help="Say whether it is due and what it needs; train nothing."),
    ] = False,
    originals: Annotated[
        Path | None,
        typer.Option(help="Your own texts of spot checks (`id` and the input column)."),
    ] = None,
    because: Annotated[
        str, typer.Option(help="Why, if no trigger of the monitoring plan has fired.")
    ] = "",
    confirm_monitoring: Annotated[
        str, typer.Option(metavar="NAME", help="Who in operations confirms a changed plan.")
    ] = "",
    trust: Trust = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Train what is in production again with new rows; a better one is a candidate."""
    if plan:
        _plan(project(folder).refresh_plan(), json=json)
        return
    opened = written_project(folder, wait=wait)
    ask_trust(opened, trust, json=json)
    made = opened.refresh(
        file, originals=originals, because=because, confirm_monitoring=confirm_monitoring
    )
    if json:
        output.as_json(made)
        return
    assert made.compared is not None, "a refresh compares"
    again = made.trigger == "documents"
    output.line(_gain(made.compared, made.champion, "validation" if again else "fresh"))
    live = opened.status()["production"]
    if live is not None and live["version"] == made.version:
        output.line(f"{made.version} is in production, by `policy.refresh.promote: auto`.")
        output.line('Take it back: `rungwise release rollback --by NAME --role ROLE --reason "…"`.')
    elif made.version:
        output.line(
            f"{made.version} is a candidate in {opened.folder / 'releases' / made.version}."
        )
        output.line(
            f'Next: rungwise release promote {made.version} --by NAME --role ROLE --reason "…"'
        )
    else:
        output.line(f"{made.champion} stays in production; nothing was packaged.")
        output.line("Next: rungwise add FILE, with further labelled rows, then rungwise refresh")


def _gain(found: Compared, champion: str, rows: str) -> str:
    """The comparison in a sentence or two."""
    from rungwise.evaluation import figures

    gain = figures.difference(found.gain, None, found.metric, found.rows)
    low = ""
    if found.low is not None:
        low = f", at least {figures.difference(found.low, None, found.metric, found.rows)}"
    verdict = "better beyond noise" if found.better else "not better beyond noise"
    told = (
        f"Against {champion} on {found.rows:,} {rows} rows: {found.metric} {gain}{low}; "
        f"{found.won:,} rows better, {found.lost:,} worse: {verdict}."
    )
    if not found.better and found.needed is not None:
        told += f" About {found.needed:,} fresh rows would show this gain."
    return told


def _plan(found: RefreshPlan, *, json: bool) -> None:
    if json:
        output.as_json(found)
        return
    output.line(f"{found.champion}: {found.due.because if found.due else 'no refresh is due.'}")
    there = "no row has joined yet" if found.there is None else f"{found.there:,} are there"
    spots = f"; spot checks have {found.labelled:,}" if found.labelled else ""
    output.line(
        f"To show a gain of {found.gain:g} in right answers takes about {found.fresh:,} fresh test "
        f"rows ({there}), so about {found.labels:,} new labelled rows{spots}."
    )
    output.line(f"Next: {found.next}")
