"""What status, report and the next step say of a release in production (R73, R74, R77)."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.small_sample import week
from tests.test_spot_checks import filled, monitor
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.decisions.watching import duty
from rungwise.workflow import watched as module
from rungwise.workflow.alarms import raise_alarm
from rungwise.workflow.watched import due, watched

START = datetime.now(UTC).date()
WEEK = timedelta(weeks=1)


@pytest.fixture
def project(shipped: Path, tmp_path: Path) -> Project:
    return Project(Path(shutil.copytree(shipped, tmp_path / "task")))


def test_one_thing_is_due_at_a_time_and_the_most_urgent_first() -> None:
    waiting = ("Week 2 of v1.0", 20, ("monitor labels", "file.csv"))
    everything: dict[str, Any] = {"alarms": ["a1", "a2"], "refresh": "13 weeks.",
                                  "waiting": waiting,
                                  "undrawn": "Week 2 of v1.0"}  # fmt: skip
    order = []
    for name in everything:
        found = duty(**everything)
        assert found is not None
        order.append(found.command[0])
        everything[name] = {"alarms": (), "waiting": None}.get(name, "")
    assert order == ["monitor alarms", "refresh", "monitor labels", "monitor draw"]
    assert duty() is None


def test_the_next_step_follows_the_weeks(project: Project) -> None:
    space = project._workspace
    assert due(space, START + timedelta(days=6)) is None
    first = due(space, START + WEEK)
    assert first is not None and first.command == ("monitor draw",)
    truth = week(project.folder, START, 60)
    monitor(project.folder, "draw", "--on", str(START + WEEK))
    space = Project(project.folder)._workspace
    waits = due(space, START + WEEK)
    assert waits is not None
    assert waits.command == ("monitor labels", "spot-check-v1.0-week-01.csv")
    assert waits.reason == "Week 1 of v1.0 was drawn, and 60 rows wait for labels."
    path = project.folder / waits.command[1]
    filled(path, truth).write_csv(path)
    Project(project.folder).read_spot_labels(path, day=START + WEEK)
    space = Project(project.folder)._workspace
    assert due(space, START + WEEK) is None
    raise_alarm(space, "spot checks", "Evidence 31 of 20.", day=START + WEEK)
    urgent = due(space, START + 2 * WEEK)
    assert urgent is not None and urgent.command == ("monitor alarms",)


def test_status_and_report_show_the_weeks(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    truth = week(project.folder, START, 60)
    path = Path(project.draw_spot_check(day=START + WEEK).path)
    filled(path, truth).write_csv(path)
    project.read_spot_labels(path, day=START + WEEK)
    raise_alarm(project._workspace, "missed week", "Week 9 was <b>missed</b>.", day=START)
    later = datetime.combine(START + 3 * WEEK, datetime.min.time(), UTC)

    class Then(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Then:
            return cls.fromisoformat(later.isoformat())

    monkeypatch.setattr(module, "datetime", Then)
    told = CliRunner().invoke(application, ["status", "-C", str(project.folder)]).output
    assert "Watch     v1.0, week 4 of 13: 60 labels so far. Quality in the newest weeks" in told
    assert "below the promise of 94.0 % by more than 0.03" in told
    assert "Week without a label: 2." in told
    assert "! a1 open (missed week): Week 9 was <b>missed</b>." in told
    assert "Next      rungwise monitor -C" in told or "Next      rungwise monitor alarms" in told
    page = Project(project.folder).report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="quality-title"' in page
    assert "week 2 missed; week 3 not drawn" in page
    assert "Week 9 was &lt;b&gt;missed&lt;/b&gt;." in page
    assert "Watch: " in Project(project.folder).decide()


def test_status_answers_even_if_the_release_is_gone(project: Project) -> None:
    assert watched(project._workspace) is not None
    shutil.rmtree(project.folder / "releases")
    assert Project(project.folder).status()["monitoring"] is None
