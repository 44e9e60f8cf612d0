"""Programmes of 13 weeks: when they begin, and what they fix beforehand (R73)."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from rungwise import Project
from rungwise.errors import InputError
from rungwise.monitoring.alarm_budget import balance
from rungwise.workflow.programmes import begun, programme_on, today


@pytest.fixture
def project(shipped: Path, tmp_path: Path) -> Project:
    return Project(shutil.copytree(shipped, tmp_path / "task"))


def test_a_programme_lasts_thirteen_weeks_and_a_new_one_has_its_own_seed(project: Project) -> None:
    space, first = project._workspace, today()
    begin = programme_on(space, first)
    assert (begin.version, begin.start, begin.number) == ("v1.0", first.isoformat(), 1)
    assert programme_on(space, first + timedelta(days=90)) == begin
    assert [begin.week(first + timedelta(days=days)) for days in (0, 6, 7, 90)] == [1, 1, 2, 13]
    later = programme_on(space, first + timedelta(days=91))
    assert (later.number, later.first_day) == (2, first + timedelta(weeks=13))
    assert later.seed != begin.seed
    with pytest.raises(ValueError, match="no week"):
        begin.week(first + timedelta(days=91))


def test_what_it_fixes_beforehand(project: Project) -> None:
    found = programme_on(project._workspace, today())
    assert (found.budget, found.drop, found.weekly_rows) == (0.05, 0.03, 100)
    assert found.promise == 0.94  # the low end of the test's interval
    assert found.shares["spot checks"] == 0.5
    assert sum(found.shares.values()) == pytest.approx(1)
    assert not balance({"spot checks": 39.9}, found.shares, found.budget).alarm


def test_it_is_put_on_record_once_and_holds_whatever_the_task_says_later(project: Project) -> None:
    path = project.folder / "rungwise.yaml"
    first = begun(project._workspace)
    path.write_text(path.read_text().replace("weekly_rows: 100", "weekly_rows: 7"))
    again = Project(project.folder)
    assert begun(again._workspace) == first
    assert [entry.payload["version"] for entry in again.log(kind="programme")] == ["v1.0"]


def test_before_a_release_there_is_nothing_to_watch(project: Project) -> None:
    with pytest.raises(InputError, match="No release was in production on 2020-01-01"):
        programme_on(project._workspace, date(2020, 1, 1))
