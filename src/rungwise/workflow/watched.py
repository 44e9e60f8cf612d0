"""How the release in production is watched now: for `status`, `report` and the next step (R73–R77).

It reads the ledger and its objects, and writes nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from rungwise.decisions.watching import Duty, duty
from rungwise.errors import RungwiseError
from rungwise.programme import WEEKS, Programme
from rungwise.workflow.alarms import standing
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    from rungwise.reporting.quality_weeks import Watched


def watched(workspace: Workspace, day: date | None = None) -> Watched | None:
    """The state of the programme of a day; None if nothing is in production or planned.

    Args:
        workspace: The task folder.
        day: The day in UTC; today unless given.
    """
    now = day or datetime.now(UTC).date()
    if (programme := _programme(workspace, now)) is None:
        return None
    from rungwise.monitoring.alarm_budget import SPOT_CHECKS
    from rungwise.reporting.quality_weeks import Watched
    from rungwise.workflow.spot_checks import spot_evidence, weeks_of

    found = spot_evidence(workspace, programme, now)
    share = programme.shares.get(SPOT_CHECKS, 1.0)
    checks = [one for one in workspace.state.checks if one.programme == programme.id]
    next_duty = due(workspace, now)
    return Watched(
        version=programme.version,
        programme=programme.number,
        week=programme.week(now),
        promise=programme.promise,
        drop=programme.drop,
        weeks=weeks_of(workspace, programme, now),
        interval=found.interval,
        evidence=share * max(found.evidence) if found.evidence and found.interval else None,
        needed=float(f"{1 / programme.budget:.10g}"),
        checked=(checks[-1].balance, checks[-1].detector) if checks else None,
        alarms=tuple(
            (alarm.id, alarm.raised.kind, how, alarm.raised.sentence)
            for alarm, how in standing(workspace, now)
            if how != "closed"
        ),
        due=next_duty.reason if next_duty else "",
    )


def due(workspace: Workspace, day: date | None = None) -> Duty | None:
    """The most urgent thing that is due of the release in production; None if nothing is."""
    now = day or datetime.now(UTC).date()
    if (programme := _programme(workspace, now)) is None:
        return None
    waiting, undrawn = _weeks(workspace, programme, now)
    return duty(
        alarms=[alarm.id for alarm, how in standing(workspace, now) if how == "open"],
        refresh=_refresh(workspace, now),
        waiting=waiting,
        undrawn=undrawn,
    )


def _programme(workspace: Workspace, day: date) -> Programme | None:
    """The programme of a day; None if nothing is in production, or its files are gone.

    What is wrong with a release is said by the commands that use it; `status` always answers.
    """
    if not workspace.state.releases or workspace.task.monitoring is None:
        return None
    from rungwise.workflow.programmes import programme_on

    try:
        return programme_on(workspace, day)
    except RungwiseError:
        return None


def _refresh(workspace: Workspace, day: date) -> str:
    """Why a refresh is due; "" if none is."""
    from rungwise.workflow import refresh_trigger

    try:
        found = refresh_trigger.due(workspace, day)
    except RungwiseError:
        return ""
    return found.because if found is not None else ""


def _weeks(
    workspace: Workspace, programme: Programme, day: date
) -> tuple[tuple[str, int, tuple[str, ...]] | None, str]:
    """The newest drawn week that waits for labels, and the newest week that is not drawn."""
    from rungwise.workflow.spot_draws import draw_of, file_name, is_undrawn, last_week

    over = last_week(workspace, day)
    if over is None:
        return None, ""
    ended, week = over
    number = (ended.number - 1) * WEEKS + week
    name, drawn = f"Week {number} of {ended.version}", draw_of(workspace, ended, week)
    if drawn is None or is_undrawn(workspace, ended, week):
        return None, name
    labelled = any((one.programme, one.week) == (ended.id, week)
                   for one in workspace.state.spot_labels)  # fmt: skip
    if not drawn.rows or labelled:
        return None, ""
    file = file_name(ended.version, number)
    if (workspace.folder / file).is_file():
        return (name, drawn.rows, ("monitor labels", file)), ""
    return (name, drawn.rows, ("monitor draw", "--week", str(number))), ""
