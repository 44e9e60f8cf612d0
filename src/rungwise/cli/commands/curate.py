"""`rungwise curate`: decisions about training rows, as a new data version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rungwise.cli import output
from rungwise.cli.ask_trust import ask_trust
from rungwise.cli.options import HERE, Folder, Json, Trust, Wait, written_project

if TYPE_CHECKING:
    from rungwise.data.curation.record import Curation, Transform
    from rungwise.workflow.provenance import Provenance
    from rungwise.workflow.quality import Quality


def command(
    folder: Folder = HERE,
    decisions: Annotated[
        Path | None,
        typer.Option(help="CSV, JSONL or YAML with id, action, reason; label, text, by."),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            help="Drop the training rows of this finding; or CODE=redact, CODE=relabel, CODE=merge."
        ),
    ] = None,
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help="Apply what was decided in review files.")
    ] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Train the frozen rung on raw and on curated rows.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last curation back.")] = False,
    trace: Annotated[
        str, typer.Option(help="Show where this row comes from and what was done to it.")
    ] = "",
    trust: Trust = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Apply decisions to the training part, each with its reason; the test part stays sealed."""
    if undo and (decisions or reviewed or accept):
        raise typer.BadParameter("give it alone", param_hint="--undo")
    opened = written_project(folder, wait=wait)
    ask_trust(opened, trust, json=json or not compare)
    told: list[object] = []
    if trace:
        told.append(opened.provenance(trace))
    if undo:
        told.append(opened.undo_curation())
    elif decisions or reviewed or accept or not (trace or compare):
        told.append(opened.curate(decisions=decisions, reviewed=reviewed, accept=accept or ()))
    if compare:
        told.append(opened.compare_curation())
    if json:
        output.as_json(told[0] if len(told) == 1 else told)
        return
    for one in told:
        for text in _lines(one):
            output.line(text)
    if undo or decisions or reviewed or accept:
        output.line(f"Next: {opened.status()['next']}")


def _lines(told: object) -> list[str]:
    from rungwise.data.curation.record import Curation
    from rungwise.workflow.provenance import Provenance
    from rungwise.workflow.quality import Quality

    if isinstance(told, Curation):
        return _version(told)
    if isinstance(told, Provenance):
        return _way(told)
    assert isinstance(told, Quality)
    return _worth(told)


def _version(curation: Curation) -> list[str]:
    steps = [f"  {one.action} {_many(one)} ({one.origin})" for one in curation.chain]
    head = f"Data version {curation.id[:8]}: {curation.rows['train']:,} rows to train on."
    undone = ["  The rows are as they were divided."]
    return [head, *(steps or undone)]


def _many(step: Transform) -> str:
    from rungwise.evaluation.wording import counted

    count = step.count if step.rows is None else step.rows
    return counted(count, "label" if step.action == "merge" else "row")


def _way(way: Provenance) -> list[str]:
    licence = way.licence or "unknown"
    why = f" ({way.reason})" if way.reason else ""
    lines = [
        f"Row {way.id} is in {way.part}{why}",
        f"  line {way.line} of {way.source}, sha256 {way.sha256}, licence {licence}",
    ]
    for change in way.changes:
        value = f" → {change.value}" if change.value and change.transform.action != "redact" else ""
        by = f", by {change.by}" if change.by else ""
        lines.append(f"  {change.transform.action}{value}: {change.reason}{by}")
    return lines


def _worth(quality: Quality) -> list[str]:
    found, goal = quality.comparison, quality.curated.goal
    settled = "" if found.settled else " The interval holds zero: these rows do not settle it."
    return [
        f"frozen on {quality.rows[1]:,} curated rows over {quality.rows[0]:,} raw ones: "
        f"{goal.metric} {output.difference(found, goal.metric)} "
        f"on the same {found.rows:,} rows, p = {found.p_value:.3g}.{settled}"
    ]
