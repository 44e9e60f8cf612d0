"""`rungwise audit`: questions put to the data."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, Wait, project, written_project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rungwise.records import Finding, RowReference, Span
    from rungwise.workflow.project import Project
    from rungwise.workflow.span_places import Place

ReviewFile = Annotated[
    Path | None,
    typer.Option(
        "--review",
        help="Write rows in doubt to this .csv or .jsonl; where it exists, read its decisions.",
    ),
]
Blind = Annotated[
    bool,
    typer.Option("--blind", help="With --review: a random sample to label without its labels."),
]
Depth = Annotated[
    Literal["fast", "deep"] | None,
    typer.Option(help="How hard to look for near copies; by the number of rows unless given."),
]

Show = Annotated[
    str,
    typer.Option(
        metavar="CODE",
        help="Print some rows of this finding; values of personal.* as they stand in your file.",
    ),
]


def command(
    folder: Folder = HERE,
    wait: Wait = False,
    json: Json = False,
    review: ReviewFile = None,
    blind: Blind = False,
    depth: Depth = None,
    show: Show = "",
    limit: Annotated[int, typer.Option(min=1, help="How many rows --show prints.")] = 10,
) -> None:
    """Put every audit to the data."""
    from rungwise.records import to_json

    if show:
        _show(project(folder), show, limit, json=json)
        return
    opened = written_project(folder, wait=wait)
    if review is not None:
        _review(opened, review, blind=blind, json=json)
        return
    found = opened.audit(depth=depth, rows=json)
    if json:
        places = opened.span_places(found)
        output.as_json_line({"findings": [_told(finding, places) for finding in found]})
    elif found:
        output.findings(to_json(found))
    else:
        output.line("The audits have looked and found nothing.")
    if any(finding.severity == "block" for finding in found):
        raise typer.Exit(3)


def _show(opened: Project, code: str, limit: int, *, json: bool) -> None:
    examples = opened.finding_examples(code, limit)
    if json:
        output.as_json({"code": code, "examples": examples})
        return
    for one in examples:
        line = f", line {one.line}" if one.line is not None else ""
        value = f"»{one.value}«" if one.value else ""
        text = " ".join(f"{one.before}{value}{one.after}".split())
        label = f", labelled {one.label!r}" if one.label and not one.suggested else ""
        output.line(f"{one.split} {one.id}{line}{label}: {text}")
        if one.suggested:
            output.line(f"    labelled {one.label}; suggested: {one.suggested}")
        if one.beside:
            label = f", labelled {one.beside_label!r}" if one.beside_label else ""
            output.line(f"    beside {one.beside_id}{label}: {' '.join(one.beside.split())}")


def _review(opened: Project, path: Path, *, blind: bool, json: bool) -> None:
    from rungwise.evaluation.wording import counted

    told = opened.review(path, blind=blind)
    if json:
        output.as_json(told)
    elif told.blind and told.written:
        output.line(
            f"{path} has {counted(told.written, 'random row')}: somebody who has not seen the "
            "label writes one into `label` and their name into `by`; then run the same command "
            "again."
        )
    elif told.blind:
        output.line(
            f"{counted(told.decided, 'new rating')} on record; {counted(told.undecided, 'row')} of "
            f"{path} without one. `rungwise audit` shows what they say of the labels in use."
        )
    elif told.written:
        output.line(
            f"{path} has {counted(told.written, 'row')} to decide on: write keep, relabel or drop "
            "into `decision` and who decided into `by`, then run the same command again."
        )
    elif not told.undecided and not told.decided:
        output.line(f"No label is in doubt: {path} has no rows, or all are on record already.")
    else:
        output.line(
            f"{counted(told.decided, 'new decision')} on record; {counted(told.undecided, 'row')} "
            f"of {path} still undecided."
        )
    if told.due and not json:
        output.line("Next: rungwise curate --reviewed")


def _told(finding: Finding, places: Mapping[tuple[str, Span], Place]) -> dict[str, Any]:
    """A finding whose rows have only the keys that apply."""
    from rungwise.records import to_json

    told: dict[str, Any] = to_json(dataclasses.replace(finding, rows=(), kept=None))
    del told["kept"]
    return told | {"rows": [_row(row, places) for row in finding.rows]}


def _row(row: RowReference, places: Mapping[tuple[str, Span], Place]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": row.id}
    told |= {"split": row.split} if row.split is not None else {}
    told |= {"line": row.line} if row.line is not None else {}
    told |= {"score": row.score} if row.score is not None else {}
    told |= {"other": _row(row.other, places)} if row.other is not None else {}
    spans = [_span(one, places.get((row.id, one))) for one in row.spans]
    return told | ({"spans": spans} if spans else {})


def _span(span: Span, place: Place | None) -> dict[str, Any]:
    """A place in the input; with its column if the input is joined of several."""
    if place is None:
        return {"start": span.start, "end": span.end, "kind": span.kind}
    column, start, end = place
    return {"start": start, "end": end, "kind": span.kind, "column": column}
