"""Programmes of monitoring: 13 weeks of the release in production, with one budget of alarms (R73).

A programme starts on the day of a promotion (R72) and again every 13 weeks. It is put on record
when somebody first asks for it: what it fixes beforehand then holds until it ends.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from rungwise.errors import InputError
from rungwise.ledger.read import entries
from rungwise.monitoring import alarm_budget
from rungwise.monitoring.alarm_budget import (
    ANSWERS,
    CANARY,
    EMBEDDINGS,
    FOREIGN,
    SPOT_CHECKS,
    TEXTS,
)
from rungwise.objects import digest_json
from rungwise.programme import WEEKS, Programme
from rungwise.records import Measurement, to_json
from rungwise.release import reference
from rungwise.release.package import Package
from rungwise.reporting.card_words import ENDPOINT
from rungwise.workflow.alarms import owner
from rungwise.workflow.workspace import Workspace

RIGHT = "accuracy"
"""The metric that spot checks measure: the share of right answers."""


def today() -> date:
    """The day in UTC, as the sample counts days."""
    return datetime.now(UTC).date()


def programme_on(workspace: Workspace, day: date) -> Programme:
    """The programme that holds on a day: as it is on record, else as it would begin.

    Raises:
        InputError: Nothing was in production on that day.
    """
    version, since = in_production(workspace, day)
    number, _ = alarm_budget.programme(since, day)
    start = (since + timedelta(weeks=WEEKS * (number - 1))).isoformat()
    for known in workspace.state.programmes:
        if (known.version, known.start) == (version, start):
            return known
    plan, policy = workspace.task.monitoring, workspace.task.policy
    release = next(one for one in workspace.state.releases if one.version == version)
    package = Package(
        workspace.folder / release.folder, recorded=release.manifest, about=release.about
    )
    assert package.manifest is not None, "a release has a manifest"
    seed = int(digest_json([version, start, policy.seed])[:12], 16)
    return Programme(
        version=version,
        start=start,
        number=number,
        budget=policy.monitoring.false_alarm,
        promise=plan.promise if plan and plan.promise else _promise(package.manifest.test),
        drop=plan.drop if plan else 0.0,
        weekly_rows=plan.weekly_rows if plan else 0,
        seed=seed,
        owner=owner(workspace),
        shares=alarm_budget.shares(_detectors(package)),
    )


def begun(workspace: Workspace, day: date | None = None) -> Programme:
    """The programme of a day (today unless given), put on record if it is not there yet.

    Raises:
        InputError: Nothing was in production on that day.
    """
    found = programme_on(workspace, day or today())
    if found not in workspace.state.programmes:
        workspace.record("programme", to_json(found))
    return found


def in_production(workspace: Workspace, day: date) -> tuple[str, date]:
    """The release in production on a day, and since when.

    Until one is promoted, that is the newest release of the time.

    Raises:
        InputError: There was none.
    """
    promoted, shipped = (
        [(entry.payload["version"], _day(entry.time)) for entry in entries(workspace.ledger, kind)]
        for kind in (STAGE, "release")
    )
    if not shipped:
        raise InputError("There is no release to watch", "Make one with `rungwise ship`.")
    for since in (promoted, shipped):
        if before := [pair for pair in since if pair[1] <= day]:
            return before[-1]
    raise InputError(
        f"No release was in production on {day}", f"The first one was on {shipped[0][1]}."
    )


STAGE = "stage"
"""Kind of the ledger's entries that put a release into production."""


def _day(time: str) -> date:
    return datetime.fromisoformat(time).astimezone(UTC).date()


def _promise(test: tuple[Measurement, ...]) -> float | None:
    """The low end of the test's interval of right answers; None if none was measured.

    The goal's own metric stands in for it if it runs from 0 to 1.
    """
    right = [one for one in test if one.metric == RIGHT] or list(test[:1])
    low = right[0].low if right else None
    return low if low is not None and 0 < low < 1 else None


def is_endpoint(package: Package) -> bool:
    """Whether a model behind an endpoint answers, which its vendor may change."""
    assert package.manifest is not None, "a release has a manifest"
    return package.manifest.model.get("name", "").startswith(ENDPOINT)


def _detectors(package: Package) -> list[str]:
    """What can be watched of a release, known before its first request."""
    kept = reference.read(package)
    asked = [CANARY] if is_endpoint(package) else []
    if kept is None:
        return [SPOT_CHECKS, *asked]
    found = [SPOT_CHECKS, TEXTS, *asked]
    if kept.held_out.probabilities is not None or kept.held_out.written is not None:
        found.append(ANSWERS)
    if kept.held_out.distances is not None:
        found += [FOREIGN, EMBEDDINGS]
    return found
