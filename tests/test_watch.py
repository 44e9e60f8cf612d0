"""`watch` runs the cycle of checks, draws, alarms and refreshes, in one process at a time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import rows, write
from typer.testing import CliRunner, Result

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import InputError, ProjectLocked
from rungwise.workflow import watch as watching
from rungwise.workflow.project_lock import ProjectLock
from rungwise.workflow.watch import LOCK, Cycle

GOAL = "Route customer requests to one of three teams with at least 80 percent accuracy"
KIM = {"by": "Kim Sato", "role": "operations", "reason": "the test confirms it"}
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with v1.0 in production, and 40 requests in its sample."""
    folder = tmp_path_factory.mktemp("watch")
    made = rows()
    data = write(folder / "requests.csv", made[:240])
    project = Project.init(
        folder / "task",
        data=data,
        goal=GOAL,
        settings=("policy.personal_characters=0", "policy.resamples=200"),
    )
    project.split()
    project.audit()
    project.climb(rungs=("majority", "linear"))
    project.test()
    project.ship(confirm_monitoring="Kim Sato")
    project.promote("v1.0", **KIM)
    asked = pl.DataFrame({"text": [text for text, _ in made[300:340]]})
    asked.write_csv(folder / "asked.csv")
    project.predict(folder / "asked.csv", output=folder / "answers.csv")
    yield folder / "task"


@pytest.fixture
def task(watched: Path, tmp_path: Path) -> Path:
    shutil.copy(watched.parent / "requests.csv", tmp_path / "requests.csv")
    return Path(shutil.copytree(watched, tmp_path / "task"))


def once(task: Path, days: int, *words: str) -> Result:
    day = (TODAY + timedelta(days=days)).isoformat()
    return CliRunner().invoke(
        application, ["watch", "-C", str(task), "--once", "--on", day, *words]
    )


def cycles(task: Path, day: int) -> Cycle:
    found: list[Cycle] = []
    Project(task).watch_production(found.append, once=True, day=TODAY + timedelta(days=day))
    return found[0]


def test_a_cycle_checks_and_draws_each_week_once(task: Path) -> None:
    first = once(task, 0, "--json")
    assert first.exit_code == 0, f"{first.output} {first.exception}"
    told = json.loads(first.stdout)
    assert (told["checked"]["rows"], told["drawn"], told["refreshed"]) == (40, [], None)
    second = once(task, 7)
    assert "Week 1 of v1.0: 40 rows to label" in second.output
    assert "rungwise monitor labels" in second.output
    again = cycles(task, 7)
    assert again.drawn == () and len(Project(task).log("spot_draw")) == 1


def test_weeks_that_nobody_watched_are_drawn_and_missed_ones_raise_one_alarm(task: Path) -> None:
    found = cycles(task, 22)  # nobody ran it for three weeks
    assert [one.week for one in found.drawn] == [1, 2, 3]
    assert [one.rows for one in found.drawn] == [40, 0, 0]
    missed = [one for one in Project(task).alarms() if one[0].raised.kind == "missed week"]
    before = len(missed)
    later = cycles(task, 23)
    assert later.drawn == ()
    now = [one for one in Project(task).alarms() if one[0].raised.kind == "missed week"]
    assert len(now) - before <= 1, "an alarm is raised once"
    assert cycles(task, 23).notices == ()


def test_a_clock_that_jumps_back_stops_the_cycle_and_says_so(
    task: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycles(task, 7)
    for days in (3, -400):
        monkeypatch.setattr(watching, "today", lambda days=days: TODAY + timedelta(days=days))
        held = CliRunner().invoke(application, ["watch", "-C", str(task), "--once"])
        assert isinstance(held.exception, InputError) and held.exception.exit_code == 1
        assert "the last cycle or promotion was on" in str(held.exception)
    assert len(Project(task).log("spot_draw")) == 1
    # The clock had jumped ahead before: whoever says the day is believed, and the clock since then.
    monkeypatch.setattr(watching, "today", lambda: TODAY + timedelta(days=3))
    assert once(task, 3).exit_code == 0
    assert CliRunner().invoke(application, ["watch", "-C", str(task), "--once"]).exit_code == 0


def test_one_watcher_is_enough(task: Path) -> None:
    with ProjectLock(task / ".rungwise" / LOCK, task).held("rungwise watch"):
        held = once(task, 0)
    assert isinstance(held.exception, ProjectLocked)
    assert "is watched by `rungwise watch` of process" in str(held.exception)
    assert once(task, 0).exit_code == 0


def test_a_refresh_that_is_due_waits_for_labels_with_one_notice(task: Path) -> None:
    told = once(task, 91)
    assert told.exit_code == 0, f"{told.output} {told.exception}"
    assert "A refresh of v1.0 is due." in told.output and "It waits for about" in told.output
    assert "A refresh of v1.0" not in once(task, 91).output
    assert Project(task).log("refreshed") == []


def test_rows_that_joined_are_refreshed_by_the_cycle(task: Path) -> None:
    made = rows()[340:440]
    Project(task).add(write(task / "joined.csv", made))
    found = cycles(task, 91)
    assert found.refreshed is not None and found.refreshed.trigger == "calendar"
    assert found.refreshed.outcome == "no better"
    assert any("not better beyond noise" in notice for notice in found.notices)
    assert cycles(task, 92).refreshed is None, "the calendar begins anew with a refresh"


def test_a_watcher_goes_on_after_a_cycle_that_failed(
    task: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[int] = []

    def fail(workspace: object, day: object = None) -> Cycle:
        ran.append(1)
        if len(ran) > 2:
            raise KeyboardInterrupt
        raise InputError("The disk is away", "Wait.")

    monkeypatch.setattr(watching, "cycle", fail)
    with pytest.raises(KeyboardInterrupt):
        Project(task).watch_production(lambda cycle: None, hours=0.0)
    assert len(ran) == 3
