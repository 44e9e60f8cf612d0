"""`monitor labels FILE`: what people said of drawn requests, put on record (R74)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from rungwise.data import spot_check_file
from rungwise.errors import InputError
from rungwise.programme import WEEKS, Programme
from rungwise.records import to_json
from rungwise.spot_check import SpotDraw, SpotLabels
from rungwise.workflow.programmes import begun, today
from rungwise.workflow.spot_checks import SpotEvidence, settled, spot_evidence
from rungwise.workflow.spot_draws import WEEK, classes_of, drawn_rows
from rungwise.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Labelled:
    """What came of a file of labels.

    Attributes:
        path: The file.
        fresh: Labels that are new on record.
        repeated: Labels that say what their reviewer had said before.
        corrected: Labels by which a reviewer changed an own one.
        late: Of the fresh ones, those of weeks that ended more than a week ago; they count.
        blank: Rows of the file without a label.
        contradicted: Rows about which reviewers disagree: open until one more label settles them.
        never_drawn: Ids with a label that no spot check drew: they count nowhere.
        mended: Rows whose id a spreadsheet had changed.
        programme: The programme of the day.
        evidence: What its spot checks say now.
    """

    path: str
    fresh: int
    repeated: int
    corrected: int
    late: int
    blank: int
    contradicted: tuple[str, ...]
    never_drawn: tuple[str, ...]
    mended: int
    programme: Programme
    evidence: SpotEvidence


def read_labels(
    workspace: Workspace, path: Path, *, by: str = "", day: date | None = None
) -> Labelled:
    """Read labels back; each counts in the week that drew its row, however late it comes.

    Args:
        workspace: The task folder.
        path: The file that `monitor draw` wrote, filled in.
        by: Who labelled rows whose column `by` is empty.
        day: The day in UTC; today unless given.

    Raises:
        InputError: Nothing was drawn yet, or nothing is in production.
        DataError: The file cannot be used; nothing of it is on record then.
    """
    now = day or today()
    draws = [one for one in workspace.state.spot_draws if one.rows]
    if not draws:
        raise InputError(
            "No request was drawn to be labelled", "Draw a week first: `rungwise monitor draw`."
        )
    programme = begun(workspace, now)
    parts = [(one, drawn_rows(workspace, one)) for one in draws]
    read = _read(workspace, path, parts, by)
    known = {
        (row, label["by"]): (label["label"], label["right"])
        for one in workspace.state.spot_labels
        for row, label in one.labels.items()
    }
    fresh = [(row, said) for row, said in read.labels
             if known.get((row, said.by)) != (said.label, said.right)]  # fmt: skip
    corrected = sum((row, said.by) in known for row, said in fresh)
    late = 0
    for drawn, rows in parts:
        held = frozenset(rows["row"])
        ended = date.fromisoformat(drawn.programme.rpartition(" ")[2]) + drawn.week * WEEK
        # Reviewers of one row go into entries of their own: a row has one label an entry.
        for name in dict.fromkeys(said.by for _, said in fresh):
            told = {row: said for row, said in fresh if row in held and said.by == name}
            if told:
                late += len(told) * (now >= ended + WEEK)
                entry = SpotLabels(
                    drawn.programme, drawn.week, path.name, to_json(told), now.isoformat()
                )
                workspace.record("spot_labels", to_json(entry))
    return Labelled(
        str(path),
        len(fresh),
        len(read.labels) - len(fresh),
        corrected,
        late,
        read.blank,
        settled(workspace).contradicted,
        read.never_drawn,
        read.mended,
        programme,
        spot_evidence(workspace, programme, now),
    )


def _read(
    workspace: Workspace, path: Path, parts: list[tuple[SpotDraw, pl.DataFrame]], by: str
) -> spot_check_file.Read:
    """Read a file by the classes of the releases whose rows are in it.

    Raises:
        DataError: The file cannot be used.
    """
    newest = parts[-1][0].version
    versions = {
        version: classes_of(workspace, version) for version in {d.version for d, _ in parts}
    }
    classes = tuple(dict.fromkeys(name for known in versions.values() for name in known))
    rows = pl.concat([rows for _, rows in parts])
    return spot_check_file.read(path, rows, classes if versions[newest] else (), by)


def running_week(programme: Programme, week: int) -> int:
    """Week since the promotion, from 1."""
    return (programme.number - 1) * WEEKS + week
