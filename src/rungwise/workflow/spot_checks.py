"""What weekly spot checks say of quality: evidence, interval, missed weeks (R74).

Everything is a function of the ledger and its objects, so replaying the log gives the same verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.monitoring.quality_evidence import quality_evidence
from rungwise.monitoring.quality_interval import QualityInterval, quality_interval
from rungwise.monitoring.spot_checks import LABELS, Draws, Settled, settle
from rungwise.programme import WEEKS, Programme
from rungwise.reporting.quality_weeks import CheckedWeek
from rungwise.workflow.alarms import Example, Raised, raise_alarm
from rungwise.workflow.programmes import begun, today
from rungwise.workflow.spot_draws import WEEK, as_draws, draw_of, drawn_rows, is_undrawn
from rungwise.workflow.workspace import Workspace

Floats = NDArray[np.float64]

RECENT = 4
"""Weeks with labels that the interval of quality is about: the newest ones."""
MISSED = "missed week"
"""Kind of the alarm for a week without labels."""


class SpotEvidence(NamedTuple):
    """What the spot checks of a programme say.

    Attributes:
        evidence: Highest evidence that quality is below the promise less the tolerated drop, until
            the end of each week (weeks that are over); empty if no promise is stated.
        interval: Quality in the newest `RECENT` weeks with labels; None without any label.
        missed: Weeks without a label a week after they were over.
        newest: The newest week with a label; 0 without any.
    """

    evidence: tuple[float, ...]
    interval: QualityInterval | None
    missed: tuple[int, ...]
    newest: int


def spot_evidence(
    workspace: Workspace, programme: Programme, day: date | None = None
) -> SpotEvidence:
    """Read the labels of a programme as they stand.

    Args:
        workspace: The task folder.
        programme: As `programmes.begun` or `programmes.programme_on` gives it.
        day: The day in UTC; today unless given. Weeks that end later are left out.
    """
    pairs = _pairs(workspace, programme, day or today())
    evidence: tuple[float, ...] = ()
    if programme.promise is not None and 0 <= 1 - programme.promise + programme.drop < 1:
        values = quality_evidence(pairs, programme.promise, programme.drop)
        evidence = tuple(float(value) for value in values)
    weeks = [week for week, (_, errors) in enumerate(pairs, 1) if (~np.isnan(errors)).any()]
    labelled = [pairs[week - 1] for week in weeks[-RECENT:]]
    interval = quality_interval(labelled) if labelled else None
    missed = missed_weeks(workspace, programme, day)
    return SpotEvidence(evidence, interval, missed, weeks[-1] if weeks else 0)


def weeks_of(
    workspace: Workspace, programme: Programme, day: date | None = None
) -> tuple[CheckedWeek, ...]:
    """The weeks of a programme that are over, each on its own."""
    now = day or today()
    missed = missed_weeks(workspace, programme, now)
    told = settled(workspace)
    found = []
    for week, (draws, errors) in enumerate(_pairs(workspace, programme, now), 1):
        drawn = draw_of(workspace, programme, week)
        rows = drawn_rows(workspace, drawn)["row"].to_list() if drawn else []
        known = int((~np.isnan(errors)).sum())
        found.append(
            CheckedWeek(
                (programme.number - 1) * WEEKS + week,
                drawn.rows if drawn else None,
                known,
                sum(row in told.contradicted for row in rows),
                quality_interval([(draws, errors)]) if known else None,
                week in missed,
            )
        )
    return tuple(found)


def missed_weeks(
    workspace: Workspace, programme: Programme, day: date | None = None
) -> tuple[int, ...]:
    """Weeks that have no label although a week has passed since they were over.

    A week without any request is not missed if it was drawn.
    """
    passed = ((day or today()) - programme.first_day) // WEEK - 1
    labelled = {
        one.week
        for one in workspace.state.spot_labels
        if one.programme == programme.id and one.labels
    }
    drawn = {one.week for one in workspace.state.spot_draws if one.programme == programme.id}
    late = [week for week in range(1, min(WEEKS, passed) + 1) if week not in labelled]
    return tuple(
        week for week in late if week not in drawn or not _is_empty(workspace, programme, week)
    )


def _is_empty(workspace: Workspace, programme: Programme, week: int) -> bool:
    """Whether a drawn week had nothing to label, and still has not."""
    drawn = draw_of(workspace, programme, week)
    return drawn is not None and not drawn.rows and not is_undrawn(workspace, programme, week)


def raise_missed(workspace: Workspace, day: date | None = None) -> tuple[Raised, ...]:
    """Raise an alarm for weeks without labels: each week once, and weeks found together as one.

    Weeks of the programme before count as well: its last ones end in the next.
    """
    now = day or today()
    current = begun(workspace, now)
    before = [begun(workspace, current.first_day - WEEK)] if current.number > 1 else []
    raised = []
    for programme in (*before, current):
        told = _told(workspace, programme)
        weeks = [week for week in missed_weeks(workspace, programme, now) if week not in told]
        if weeks:
            raised.append(_raise(workspace, programme, weeks, now))
    return tuple(raised)


def _told(workspace: Workspace, programme: Programme) -> set[int]:
    """Weeks that an alarm was raised for, as the subjects of the alarms name them."""
    start = f"{programme.id}, week "
    subjects = [one.raised.subject for one in workspace.state.alarms if one.raised.kind == MISSED]
    return {int(week) for one in subjects if one.startswith(start)
            for week in one.removeprefix(start).split()}  # fmt: skip


def _raise(workspace: Workspace, programme: Programme, weeks: list[int], day: date) -> Raised:
    numbers = [(programme.number - 1) * WEEKS + week for week in weeks]
    draws = [draw_of(workspace, programme, week) for week in weeks]
    waits = all(drawn is not None and drawn.rows > 0 for drawn in draws)
    named = f"Week {numbers[0]}" if len(weeks) == 1 else f"Weeks {', '.join(map(str, numbers))}"
    missing = "no label" if any(draws) else "neither a draw nor a label"
    has = "has" if len(weeks) == 1 else "have"
    draw = f"rungwise monitor draw --week {numbers[-1]}"
    return raise_alarm(
        workspace,
        MISSED,
        f"{named} of {programme.version} {has} {missing}: nobody has checked the answers.",
        subject=f"{programme.id}, week {' '.join(map(str, weeks))}",
        version=programme.version,
        first="rungwise monitor labels FILE" if waits else draw,
        day=day,
    )


def settled(workspace: Workspace) -> Settled:
    """What all labels on record say about all rows that were drawn."""
    drawn = [drawn_rows(workspace, one)["row"] for one in workspace.state.spot_draws]
    rows = pl.concat(drawn) if drawn else pl.Series([], dtype=pl.String)
    return settle(_log(workspace), rows)


def labelled_rows(workspace: Workspace) -> pl.DataFrame:
    """Drawn rows with a settled label, in the order in which they were drawn.

    The columns of `spot_draws.drawn_rows`, and `programme`, `week`, `right` and `label`: the right
    label or corrected answer if reviewers agree on one, else null.
    """
    told = settled(workspace)
    said = pl.DataFrame(
        [
            (row, str(label["label"]))
            for one in workspace.state.spot_labels
            for row, label in one.labels.items()
            if label["label"]
        ],
        schema={"row": pl.String, "label": pl.String},
        orient="row",
    )
    one_label = (
        said.group_by("row")
        .agg(pl.col("label").mode().alias("modes"))
        .filter(pl.col("modes").list.len() == 1)
        .select("row", pl.col("modes").list.first().alias("label"))
    )
    right = pl.DataFrame(
        [(row, error == 0) for row, error in told.errors.items()],
        schema={"row": pl.String, "right": pl.Boolean},
        orient="row",
    )
    parts = [
        drawn_rows(workspace, one).with_columns(
            programme=pl.lit(one.programme), week=pl.lit(one.week, pl.Int64)
        )
        for one in workspace.state.spot_draws
        if one.rows
    ]
    if not parts:
        return right.join(one_label, on="row").clear()
    joined = pl.concat(parts).join(right, on="row", maintain_order="left")
    return joined.join(one_label, on="row", how="left", maintain_order="left")


def wrong_examples(workspace: Workspace, programme: Programme) -> list[Example]:
    """Drawn requests that people found wrong, the newest first: what an alarm shows."""
    rows = labelled_rows(workspace)
    if rows.is_empty():
        return []
    wrong = rows.filter((pl.col("programme") == programme.id) & ~pl.col("right")).reverse()
    shown = wrong.select("row", pl.col("text", "answer", "label").fill_null("")).rows()
    return [Example(*one) for one in shown]


def _log(workspace: Workspace) -> pl.DataFrame:
    """Every label on record, in order of arrival."""
    rows = [
        (row, label["right"], label["by"])
        for one in workspace.state.spot_labels
        for row, label in one.labels.items()
    ]
    return pl.DataFrame(rows, schema=LABELS, orient="row")


def _pairs(workspace: Workspace, programme: Programme, day: date) -> Sequence[tuple[Draws, Floats]]:
    """Draws and errors of every week that is over; those that were not drawn are empty."""
    over = min(WEEKS, max(0, (day - programme.first_day) // WEEK))
    told = settled(workspace)
    pairs = []
    for week in range(1, over + 1):
        drawn = draw_of(workspace, programme, week)
        if drawn is None or not drawn.rows:
            none = np.zeros(0)
            empty = Draws(np.zeros(0, dtype=np.int64), none, none, none, none, none)
            pairs.append((empty, none))
            continue
        rows = drawn_rows(workspace, drawn)
        pairs.append((as_draws(rows), told.of(rows["row"])))
    return pairs
