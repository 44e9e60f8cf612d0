"""`rungwise audit`: questions put to the data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project

if TYPE_CHECKING:
    from rungwise.workflow.project import Project

ReviewFile = Annotated[
    Path | None,
    typer.Option(
        "--review",
        help="Write rows in doubt to this .csv or .jsonl; where it exists, read its decisions.",
    ),
]
Depth = Annotated[
    Literal["fast", "deep"] | None,
    typer.Option(help="How hard to look for near copies; by the number of rows unless given."),
]


def command(
    folder: Folder = HERE,
    json: Json = False,
    review: ReviewFile = None,
    depth: Depth = None,
) -> None:
    """Put every audit to the data."""
    from rungwise.records import to_json

    opened = project(folder)
    if review is not None:
        _review(opened, review, json=json)
        return
    found = [to_json(finding) for finding in opened.audit(depth=depth)]
    if json:
        output.as_json({"findings": [_told(finding) for finding in found]})
    elif found:
        output.findings(found)
    else:
        output.line("The audits have looked and found nothing.")
    if any(finding["severity"] == "block" for finding in found):
        raise typer.Exit(3)


def _review(opened: Project, path: Path, *, json: bool) -> None:
    told = opened.review(path)
    if json:
        output.as_json(told)
    elif told.written:
        output.line(
            f"{told.written:,} rows to decide on are in {path}: write keep, relabel or drop into "
            "`decision` and who decided into `by`, then run the same command again."
        )
    elif not told.undecided and not told.decided:
        output.line(f"No label is in doubt: {path} has no rows, or all are on record already.")
    else:
        output.line(
            f"{told.decided:,} new decisions are on record; {told.undecided:,} rows of {path} "
            "are undecided. Next: rungwise curate --reviewed"
        )


def _told(finding: dict[str, Any]) -> dict[str, Any]:
    """A finding whose rows have only the keys that apply."""
    return finding | {"rows": [_applying(row) for row in finding["rows"]]}


def _applying(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if value not in (None, [])}
    return kept | ({"other": _applying(row["other"])} if row.get("other") else {})
