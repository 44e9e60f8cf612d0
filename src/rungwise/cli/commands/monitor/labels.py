"""`rungwise monitor labels`: read the labels of a spot check back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, On, Wait, day_of, written_project

if TYPE_CHECKING:
    from rungwise.workflow.spot_labels import Labelled


def command(
    file: Annotated[Path, typer.Argument(help="The file of `monitor draw`, filled in.")],
    folder: Folder = HERE,
    by: Annotated[str, typer.Option("--by", help="Who labelled rows that name nobody.")] = "",
    on: On = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Read the labels of a spot check back, and say what they tell of quality."""
    opened = written_project(folder, wait=wait)
    found = opened.read_spot_labels(file, by=by, day=day_of(on))
    raised = opened.raise_missed_weeks(day_of(on))
    if json:
        output.as_json({"labels": found, "notices": [one.content for one in raised]})
        return
    for notice in raised:
        output.line(notice.text)
    for line in _lines(found):
        output.line(line)
    output.line("Next: rungwise monitor check")


def _lines(found: Labelled) -> list[str]:
    from rungwise.evaluation.wording import counted
    from rungwise.reporting.quality_weeks import evidence_line, interval_line

    lines = [f"{counted(found.fresh, 'new label')} on record."]
    if found.repeated:
        lines.append(f"{counted(found.repeated, 'label')} {_were(found.repeated)} there before.")
    if found.blank:
        lines.append(
            f"{counted(found.blank, 'row')} of the file {_were(found.blank)} not labelled."
        )
    if found.corrected:
        lines.append(f"{found.corrected:,} correct what the same reviewer had said.")
    if found.late:
        lines.append(f"{found.late:,} came late; each counts in the week that drew its row.")
    if found.mended:
        lines.append(f"{counted(found.mended, 'id')} had been changed, as spreadsheets do; the "
                     "rows were found by number or input.")  # fmt: skip
    if found.never_drawn:
        named = ", ".join(found.never_drawn[:3])
        lines.append(f"{counted(len(found.never_drawn), 'label')} of rows that no spot check "
                     f"drew count nowhere: {named}.")  # fmt: skip
    if found.contradicted:
        named = ", ".join(found.contradicted[:3])
        lines.append(f"Reviewers disagree about {counted(len(found.contradicted), 'row')}, which "
                     f"stay open until one more label settles each: {named}.")  # fmt: skip
    lines.append(interval_line(found.evidence.interval))
    if found.programme.promise is None:
        lines.append("No promise is stated, so there is no evidence of a fall: write `promise:` "
                     "under `monitoring:` in rungwise.yaml.")  # fmt: skip
    elif found.evidence.interval is not None:
        lines.append(evidence_line(found.programme, found.evidence.evidence))
    return lines


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
