"""Whether a refresh of the release in production is due, and why (R73, R75).

The trigger was written before the release: quality below the promise by more than the tolerated
drop, requests that changed and are answered worse, or the calendar. What changed harmlessly makes
no refresh due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rungwise import plugins
from rungwise.ledger.kinds import record_of
from rungwise.ledger.read import entries
from rungwise.monitoring.alarm_budget import SPOT_CHECKS, Balance
from rungwise.protocols import Rung
from rungwise.records import Evidence, ReleaseRecord
from rungwise.refreshed import Trigger
from rungwise.workflow.attempt import counts
from rungwise.workflow.programmes import in_production
from rungwise.workflow.released import known_release
from rungwise.workflow.rung_context import model_identity
from rungwise.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Due:
    """Why a refresh is due.

    Attributes:
        trigger: What fired.
        because: That in a sentence.
    """

    trigger: Trigger
    because: str


def in_production_now(workspace: Workspace, day: date) -> tuple[ReleaseRecord, date]:
    """The release that is refreshed, and the day since when it is in production.

    Raises:
        InputError: Nothing was in production on that day.
    """
    version, since = in_production(workspace, day)
    return known_release(workspace, version), since


def due(workspace: Workspace, day: date) -> Due | None:
    """The first trigger that has fired; None if none has.

    Args:
        workspace: The task folder.
        day: Today, in UTC.

    Raises:
        InputError: Nothing was in production on that day.
    """
    release, since = in_production_now(workspace, day)
    return (
        _documents(workspace, release)
        or _checked(workspace, release)
        or _calendar(workspace, release, since, day)
    )


def earned_by(workspace: Workspace, release: ReleaseRecord) -> Evidence:
    """The attempt that a release was made of, whatever split it was measured on."""
    for entry in reversed(entries(workspace.ledger, "attempt")):
        record = record_of("attempt", entry.payload)
        if isinstance(record, Evidence) and record.id == release.attempt:
            return record
    raise AssertionError(f"{release.version} was made of an attempt on record")


def _documents(workspace: Workspace, release: ReleaseRecord) -> Due | None:
    """Documents that changed: another release knows what is right now (R39)."""
    state = workspace.state
    earned = next((one for one in state.attempts if one.id == release.attempt), None)
    if earned is None or workspace.task.data.documents is None:
        return None
    rung: Rung = plugins.load("rungs", earned.rung, workspace.task.task.kind)
    model = model_identity(workspace, rung)
    if not getattr(rung, "looks_up", False) or counts(workspace, earned, model):
        return None
    return Due(
        "documents",
        f"{workspace.task.data.documents} has changed since {release.version} was made.",
    )


def _checked(workspace: Workspace, release: ReleaseRecord) -> Due | None:
    """What the newest check of this release says; its evidence holds until the programme ends."""
    checks = [one for one in workspace.state.checks if one.version == release.version]
    if not checks or not checks[-1].alarm:
        return None
    last = checks[-1]
    told = Balance(last.balance, last.needed, last.detector, last.balance).sentence
    if last.detector == SPOT_CHECKS:
        return Due("quality", f"Quality fell by more than the tolerated drop. {told}")
    if last.shift == "harmful":
        return Due("drift", f"Requests changed, and are answered worse. {told}")
    return None


def _calendar(workspace: Workspace, release: ReleaseRecord, since: date, day: date) -> Due | None:
    plan = workspace.task.monitoring
    if plan is None:
        return None
    last = max(since, _last_refresh(workspace, release) or since)
    end = last + timedelta(weeks=plan.refresh_weeks)
    if day < end:
        return None
    return Due(
        "calendar",
        f"{release.version} is in production for {(day - last).days // 7} weeks without a refresh; "
        f"`monitoring.refresh_weeks` is {plan.refresh_weeks}.",
    )


def _last_refresh(workspace: Workspace, release: ReleaseRecord) -> date | None:
    """The day of the last refresh that compared a challenger with this release."""
    days = [
        datetime.fromisoformat(one.time).astimezone(UTC).date()
        for one in workspace.state.refreshes
        if one.champion == release.version
    ]
    return max(days, default=None)
