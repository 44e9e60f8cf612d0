"""`monitor draw`: the requests of a week that people label, written to a file (R74).

A week is drawn once it is over, from the sample of production. The drawn rows are an object of the
ledger from then on, so a sample that is thinned later takes none of them away.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from rungwise import sample
from rungwise.data import spot_check_file
from rungwise.data.adjudication import check_format
from rungwise.errors import InputError, StorageError, TaskError
from rungwise.monitoring.spot_checks import Draws, draw
from rungwise.programme import WEEKS, Programme
from rungwise.records import to_json
from rungwise.release.package import Package
from rungwise.sample.request_rows import FOLDER
from rungwise.spot_check import SpotDraw
from rungwise.workflow.monitoring_plan import WRITE
from rungwise.workflow.programmes import begun, programme_on, today
from rungwise.workflow.workspace import Workspace

WEEK = timedelta(weeks=1)
KEPT = ("id", "time", "version", "text", "answer", "confidence", "review", "source")
"""Columns of the sample that are kept of a drawn row."""
WEIGHTS = ("expected", "base", "weight", "floor", "ceiling")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of `monitor draw`.

    Attributes:
        path: The file to label; "" if there is nothing to label.
        version: The release.
        week: Week since its promotion, from 1.
        rows: Rows to label.
        requests: Rows of the sample in that week.
        start, end: First day of the week, and the first one after it; ISO dates.
        again: Whether the week was drawn before: the same rows were written again.
    """

    path: str
    version: str
    week: int
    rows: int
    requests: int
    start: str
    end: str
    again: bool


def draw_week(
    workspace: Workspace,
    path: Path | None = None,
    *,
    week: int | None = None,
    day: date | None = None,
) -> Drawn:
    """Draw the newest week that is over, and write the file that people label.

    Args:
        workspace: The task folder.
        path: A .csv or .jsonl; by default named after the release and the week, in the folder.
        week: Another week since the promotion that is over.
        day: The day in UTC; today unless given.

    Raises:
        InputError: Nothing is in production, or no such week is over.
        StorageError: The file is there already, or cannot be written.
    """
    now = day or today()
    programme, of_programme = _week(workspace, now, week)
    number = (programme.number - 1) * WEEKS + of_programme
    target = path or workspace.folder / file_name(programme.version, number)
    check_format(target)
    if target.exists():
        raise StorageError(
            f"{target.name} exists, perhaps with labels in it",
            f"Read them with `rungwise monitor labels {target.name}`, or give another name by -o.",
        )
    if not target.parent.is_dir():
        raise StorageError(f"There is no folder {target.parent}", "Make it first.")
    known = draw_of(workspace, programme, of_programme)
    found = known
    if known is None or not known.rows:  # rows may have been imported since a week was empty
        found = _draw(workspace, programme, of_programme, now)
        if known is None or found.rows:
            workspace.record("spot_draw", to_json(found))
    assert found is not None, "it was drawn before or now"
    rows = drawn_rows(workspace, found)
    if found.rows:
        texts = not classes_of(workspace, programme.version)
        spot_check_file.write(rows, target, texts=texts)
    start = programme.first_day + (of_programme - 1) * WEEK
    return Drawn(
        str(target) if found.rows else "",
        programme.version,
        number,
        found.rows,
        found.requests,
        start.isoformat(),
        (start + WEEK).isoformat(),
        known is not None and known.rows > 0,
    )


def file_name(version: str, week: int) -> str:
    """The file of a week since the promotion, unless the user names another."""
    return f"spot-check-{version}-week-{week:02}.csv"


def last_week(workspace: Workspace, day: date) -> tuple[Programme, int] | None:
    """The programme and week that ended last before a day; None in a release's first week.

    Raises:
        InputError: Nothing is in production.
    """
    programme = programme_on(workspace, day)
    before = day - WEEK
    if before >= programme.first_day:
        return programme, programme.week(before)
    if programme.number == 1:
        return None
    return programme_on(workspace, before), WEEKS


def draw_of(workspace: Workspace, programme: Programme, week: int) -> SpotDraw | None:
    """The draw of a week; None if there was none."""
    draws = (
        one
        for one in reversed(workspace.state.spot_draws)
        if (one.programme, one.week) == (programme.id, week)
    )
    return next(draws, None)


def is_undrawn(workspace: Workspace, programme: Programme, week: int) -> bool:
    """Whether a week waits for a draw: there was none, or its requests came after an empty one."""
    drawn = draw_of(workspace, programme, week)
    if drawn is None:
        return True
    return not drawn.rows and len(_requests(workspace, programme, week)) > 0


def drawn_rows(workspace: Workspace, drawn: SpotDraw) -> pl.DataFrame:
    """The rows of a draw: `row` (its id in the file), `KEPT`, `sampled` and `WEIGHTS`."""
    return pl.read_parquet(io.BytesIO(workspace.objects.read(drawn.object)))


def as_draws(rows: pl.DataFrame) -> Draws:
    """The draws of `drawn_rows`, as `monitoring` counts them; rows are numbered from 0."""
    parts = {name: rows[name].to_numpy().astype(np.float64) for name in WEIGHTS}
    return Draws(np.arange(len(rows), dtype=np.int64), **parts)


def classes_of(workspace: Workspace, version: str) -> tuple[str, ...]:
    """Labels of a release; () if it generates text."""
    release = next(one for one in workspace.state.releases if one.version == version)
    package = Package(
        workspace.folder / release.folder, recorded=release.manifest, about=release.about
    )
    assert package.manifest is not None, "a release has a manifest"
    return package.manifest.classes


def _week(workspace: Workspace, day: date, week: int | None) -> tuple[Programme, int]:
    """Programme and week to draw; the programme is put on record."""
    current = begun(workspace, day)
    last = last_week(workspace, day)
    since = current.first_day - (current.number - 1) * WEEKS * WEEK
    if last is None or (week is not None and week < 1):
        ends = f"Week 1 of {current.version} ends on {since + WEEK}"
        raise InputError(f"{ends}, and a week is drawn when it is over", "Draw from that day on.")
    newest = (last[0].number - 1) * WEEKS + last[1]
    if week is None:
        return begun(workspace, day - WEEK), last[1]
    if week > newest:
        raise InputError(
            f"Week {week} of {current.version} is not over on {day}",
            f"The newest week that is over is {newest}.",
        )
    return begun(workspace, since + (week - 1) * WEEK), (week - 1) % WEEKS + 1


def _draw(workspace: Workspace, programme: Programme, week: int, day: date) -> SpotDraw:
    asked = _requests(workspace, programme, week).sort("time", "id", "text", nulls_last=True)
    generator = np.random.default_rng([programme.seed, week])
    expected = _expected(asked["confidence"])
    sampled = asked["weight"].to_numpy().astype(np.float64)
    found = draw(len(asked), _planned_rows(workspace, programme), generator, expected, sampled)
    rows = asked[found.rows.tolist()].select(*KEPT, pl.col("weight").alias("sampled"))
    weights = [pl.Series(name, getattr(found, name), pl.Float64) for name in WEIGHTS]
    keys = pl.Series("row", _keys(rows["id"].to_list(), _taken(workspace), programme, week))
    kept = rows.select(keys.cast(pl.String), pl.all()).with_columns(weights)
    content = io.BytesIO()
    kept.write_parquet(content)
    digest = workspace.objects.put(content.getvalue())
    return SpotDraw(
        programme.id, programme.version, week, digest, len(kept), len(asked), day.isoformat()
    )


def _requests(workspace: Workspace, programme: Programme, week: int) -> pl.DataFrame:
    """The sample of a week."""
    start = programme.first_day + (week - 1) * WEEK
    folder = workspace.hidden / FOLDER
    return sample.read(folder, start=start, end=start + WEEK, version=programme.version)


def _planned_rows(workspace: Workspace, programme: Programme) -> int:
    """Rows to label, which hold until the programme ends.

    Raises:
        TaskError: No plan says how many.
    """
    plan = workspace.task.monitoring
    if not programme.weekly_rows and plan is None:
        raise TaskError("rungwise.yaml has no `monitoring:`, which says how many rows", WRITE)
    if plan is not None and programme.weekly_rows not in (0, plan.weekly_rows):
        workspace.progress.say(
            f"rungwise.yaml says {plan.weekly_rows:,} rows a week; the programme of {programme.id} "
            f"began with {programme.weekly_rows:,}, which hold until it ends."
        )
    return programme.weekly_rows or (plan.weekly_rows if plan else 0)


def _expected(confidence: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    """Expected error of each request; None if no answer has a confidence.

    A row without one, as others have imported it, has the mean of the rest.
    """
    known = confidence.cast(pl.Float64)
    known = known.set((known.is_nan() | ~known.is_between(0, 1)).fill_null(value=False), None)
    if known.null_count() == len(known):
        return None
    mean = known.mean()
    return 1 - known.fill_null(float(mean) if isinstance(mean, float) else 0.5).to_numpy()


def _keys(ids: list[str], taken: Collection[str], programme: Programme, week: int) -> list[str]:
    """Each row's id in the file: the request's own, unless another drawn row has it."""
    seen, keys = set(taken), []
    for place, one in enumerate(ids, 1):
        key = one.strip()
        if not key or key in seen or key != one:
            key = f"{programme.version}-{programme.number}-{week}-{place}"
        seen.add(key)
        keys.append(key)
    return keys


def _taken(workspace: Workspace) -> set[str]:
    """Ids of all rows that were drawn before."""
    return {
        row
        for one in workspace.state.spot_draws
        for row in drawn_rows(workspace, one)["row"].to_list()
    }
