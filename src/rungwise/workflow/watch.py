"""`watch`: one cycle of operations after another, in one process (R73, R74, R75).

A cycle checks production, draws the weeks that are over, sends the notices that are due, and
refreshes if a trigger has fired and enough labels are there. What one cycle does is on record, so a
killed watcher goes on where it was, and a cycle that runs twice a day does nothing twice.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from rungwise.errors import GateHolds, InputError, ProjectLocked, RungwiseError, StorageError
from rungwise.programme import WEEKS
from rungwise.refreshed import Refreshed
from rungwise.stages import champion
from rungwise.workflow.alarms import raise_alarm
from rungwise.workflow.monitor_check import Report, check
from rungwise.workflow.programmes import begun, today
from rungwise.workflow.project_lock import ProjectLock
from rungwise.workflow.refresh import RefreshPlan, plan, refresh
from rungwise.workflow.spot_draws import WEEK, Drawn, draw_week, is_undrawn, last_week
from rungwise.workflow.workspace import Workspace

LOCK, LAST = "watch.lock", "watch.day"
"""Of the project's hidden folder: who watches, and the day of the last cycle."""
REFRESH_DUE = "refresh due"
"""Kind of the alarm for a refresh that waits for labels or for a person."""
SIGNED = '--by NAME --role ROLE --reason "…"'
SLEEP = 1.0
"""Seconds between two looks at whether the next cycle has come."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one cycle did.

    Attributes:
        day: ISO 8601, in UTC.
        report: What the check found.
        drawn: Weeks that were drawn for people to label.
        refreshed: The refresh that was made, or None.
        notices: What is to be printed.
        waits: The gate that holds a refresh, and how it goes on; "" if none does.
    """

    day: str
    report: Report
    drawn: tuple[Drawn, ...] = ()
    refreshed: Refreshed | None = None
    notices: tuple[str, ...] = ()
    waits: str = ""


def cycle(workspace: Workspace, day: date | None = None) -> Cycle:
    """Check, draw, send notices, and refresh if it is due and labels are there.

    Args:
        workspace: The task folder.
        day: The day in UTC; today unless given.

    Raises:
        InputError: There is no release, or the clock is behind the record.
        ProjectLocked: Another process writes the project.
    """
    now = day or today()
    with workspace.writing("rungwise watch"):
        if day is None:
            _refuse_clock_behind(workspace, now)
        report = check(workspace, now)
        drawn = tuple(_draw(workspace, now))
        notices = [one.notice.text for one in report.raised if one.notice is not None]
        made, waits = None, ""
        planned = plan(workspace, now)
        if planned.due is not None:
            try:
                made = _refresh(workspace, planned, now)
            except GateHolds as held:
                waits = str(held)
            notices += _announce(workspace, planned, made, waits, now)
        _write_day(workspace, now)
    return Cycle(now.isoformat(), report, drawn, made, tuple(notices), waits)


def watch(
    workspace: Workspace,
    told: Callable[[Cycle], None],
    *,
    hours: float = 24.0,
    once: bool = False,
    day: date | None = None,
) -> None:
    """Run cycles until the process is asked to end.

    Args:
        workspace: The task folder.
        told: Called with every cycle.
        hours: Between two cycles.
        once: End after one.
        day: The day of the only cycle, in UTC; today unless given.

    Raises:
        ProjectLocked: Another watcher runs.
        RungwiseError: The only cycle failed; one of several is said, and tried again.
    """
    with _alone(workspace):
        if once:
            told(cycle(workspace, day))
            return
        while True:
            try:
                told(cycle(workspace))
            except RungwiseError as error:
                workspace.progress.say(f"{error} The next cycle tries again.")
            due = time.monotonic() + hours * 3600  # not by the clock, which may be set back
            while time.monotonic() < due:
                time.sleep(SLEEP)
            workspace.__dict__.pop("task", None)  # people may have changed it


@contextlib.contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    _ = workspace.task  # says that there is none, before a lock is made
    lock = ProjectLock(workspace.hidden / LOCK, workspace.folder)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(lock.held("rungwise watch"))
        except ProjectLocked as error:
            raise ProjectLocked(
                error.fact.replace("being written", "watched"), "One watcher is enough."
            ) from None
        yield


def _refuse_clock_behind(workspace: Workspace, now: date) -> None:
    """Do nothing while the clock is behind the record: weeks would be counted twice."""
    days = [
        datetime.fromisoformat(one.time).astimezone(UTC).date()
        for one in workspace.state.promotions[-1:]
    ]
    with contextlib.suppress(OSError, ValueError):  # the first cycle, or a damaged file
        written = (workspace.hidden / LAST).read_text(encoding="utf-8")
        days.append(date.fromisoformat(written.strip()))
    last = max(days, default=now)
    if last > now:
        raise InputError(
            f"The clock says {now}, and the last cycle or promotion was on {last}: nothing is "
            "checked or drawn before that day",
            "Set the clock. If it had jumped ahead before, say which day it is: `rungwise watch "
            "--once --on DAY`.",
        )


def _write_day(workspace: Workspace, now: date) -> None:
    path = workspace.hidden / LAST
    try:
        path.write_text(f"{now.isoformat()}\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}", "Free it.") from error


def _draw(workspace: Workspace, now: date) -> Iterator[Drawn]:
    """Draw every week of the last 13 that is over and was not drawn."""
    last = last_week(workspace, now)
    if last is None or workspace.task.monitoring is None:
        return
    current = begun(workspace, now)
    since = current.first_day - (current.number - 1) * WEEKS * WEEK
    newest = (last[0].number - 1) * WEEKS + last[1]
    for week in range(max(1, newest - WEEKS + 1), newest + 1):
        programme = begun(workspace, since + (week - 1) * WEEK)
        if is_undrawn(workspace, programme, (week - 1) % WEEKS + 1):
            yield draw_week(workspace, week=week, day=now)


def _refresh(workspace: Workspace, planned: RefreshPlan, now: date) -> Refreshed | None:
    """Refresh if rows have joined, documents changed, or spot checks have labels enough."""
    assert planned.due is not None, "something has fired"
    enough = planned.labelled >= planned.labels
    if planned.there is None and not enough and planned.due.trigger != "documents":
        return None
    before = len(workspace.state.refreshes)
    made = refresh(workspace, day=now)
    return made if len(workspace.state.refreshes) > before else None


def _announce(
    workspace: Workspace, planned: RefreshPlan, made: Refreshed | None, waits: str, now: date
) -> list[str]:
    """The notice of a refresh that waits for labels or for a person, once for each state of it."""
    assert planned.due is not None, "something has fired"
    state: str = planned.due.trigger
    first = "rungwise refresh --plan"
    if made is not None and made.version and champion(workspace.state.promotions) == made.version:
        return []
    if made is not None and made.version:
        state, first = made.version, f"rungwise release promote {made.version} {SIGNED}"
        more = f"{made.version} was made from the rows of today, and waits for a promotion."
    elif made is not None:
        state = f"{state}, {made.attempt[:8]}"
        more = "What was trained from the rows of today is not better beyond noise."
    elif waits:
        more = waits
    elif candidate := _candidate(workspace, planned):
        state, first = candidate, f"rungwise release promote {candidate} {SIGNED}"
        more = f"{candidate} waits for a promotion."
    else:
        more = (
            f"It waits for about {planned.labels:,} labelled rows; spot checks have "
            f"{planned.labelled:,}."
        )
    raised = raise_alarm(
        workspace,
        REFRESH_DUE,
        f"A refresh of {planned.champion} is due. {planned.due.because} {more}",
        subject=f"{begun(workspace, now).id}, {state}",
        version=planned.champion,
        first=first,
        day=now,
    )
    return [raised.notice.text] if raised.notice is not None else []


def _candidate(workspace: Workspace, planned: RefreshPlan) -> str:
    """What the last refresh of the champion packaged; "" if it packaged nothing."""
    mine = [one for one in workspace.state.refreshes if one.champion == planned.champion]
    return mine[-1].version if mine else ""
