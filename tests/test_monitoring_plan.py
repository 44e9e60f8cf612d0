"""Nothing is released before somebody in operations has confirmed how it is watched (R75, R78)."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.recorded_tests import record_a_test
from tests.small_task import rows, write
from typer.testing import CliRunner, Result

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import GateHolds, TaskError
from rungwise.rules import NOW

GOAL = "Route customer requests to one of three teams with at least 80 percent accuracy"


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> Iterator[Path]:
    """A task whose test confirms the target."""
    folder = tmp_path_factory.mktemp("plan")
    data = write(folder / "requests.csv", rows())
    project = Project.init(folder / "task", data=data, goal=GOAL, models=[encoder])
    project.split()
    project.audit()
    project.climb(rungs=("majority", "nearest", "frozen"))
    record_a_test(project, 0.97, 0.94, 0.99)
    yield folder / "task"


@pytest.fixture
def task(tested: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tested, tmp_path / "task"))


def ship(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(application, ["ship", "-C", str(folder), *arguments])


def rewrite(folder: Path, **changes: object) -> None:
    """Change the plan in rungwise.yaml; None takes it out."""
    path = folder / "rungwise.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["monitoring"] = content["monitoring"] | changes
    if None in changes.values():
        del content["monitoring"]
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def test_init_writes_a_plan_and_says_it(tmp_path: Path) -> None:
    data = write(tmp_path / "requests.csv", rows()[:60])
    words = ["init", str(tmp_path / "task"), "--data", str(data), "--goal", GOAL]
    result = CliRunner().invoke(application, [*words, "--set", "monitoring.weekly_rows=50"])
    assert result.exit_code == 0, result.output
    written = yaml.safe_load((tmp_path / "task" / "rungwise.yaml").read_text(encoding="utf-8"))
    assert written["monitoring"] == {"drop": 0.03, "weekly_rows": 50, "refresh_weeks": 13}
    assert "people check 50 rows a week" in result.output
    assert "accuracy is worse by more than 0.03" in result.output


def test_a_release_waits_for_a_name_and_names_the_command(task: Path) -> None:
    result = ship(task)
    assert isinstance(result.exception, GateHolds)
    assert "accuracy is worse by more than 0.03" in str(result.exception)
    assert f"`rungwise ship -C {task} --confirm-monitoring NAME`" in str(result.exception)
    assert not (task / "releases").exists()


def test_a_name_is_on_record_with_the_plan_and_in_the_release(task: Path) -> None:
    result = ship(task, "--confirm-monitoring", " Kim Sato ")
    assert result.exit_code == 0, f"{result.output} {result.exception}"
    (entry,) = Project(task).log("monitoring")
    assert entry.payload["name"] == "Kim Sato"
    assert entry.payload["plan"]["drop"] == 0.03
    about = json.loads((task / "releases" / "v1.0" / "release.json").read_text(encoding="utf-8"))
    assert about["monitoring"]["name"] == "Kim Sato"
    assert Project(task).monitoring_to_confirm() == ""
    items = Project(task).checklist_items()
    (trigger,) = [item for item in items if item.requirement == "R75"]
    assert trigger.status == "done" and "Kim Sato" in trigger.text
    assert ship(task).exit_code == 0, "what was shipped is not asked for again"


def test_a_changed_plan_is_confirmed_again(task: Path) -> None:
    Project(task).ship(confirm_monitoring="Kim Sato")
    rewrite(task, drop=0.1)
    assert "worse by more than 0.1" in Project(task).monitoring_to_confirm()


@pytest.mark.parametrize("name", ["NAME", "   "])
def test_a_placeholder_is_no_name(task: Path, name: str) -> None:
    with pytest.raises((GateHolds, TaskError)):
        Project(task).ship(confirm_monitoring=name)
    assert Project(task).log("monitoring") == []


@pytest.mark.parametrize("name", ["", "Kim"])
def test_a_task_whose_plan_was_taken_out_is_held(task: Path, name: str) -> None:
    rewrite(task, drop=None)
    with pytest.raises((GateHolds, TaskError), match=r"monitoring") as caught:
        Project(task).ship(confirm_monitoring=name)
    assert "monitoring: {drop: 0.03" in str(caught.value)


@pytest.mark.parametrize("drop", [0, -0.1, "much", float("inf")])
def test_a_drop_is_a_positive_number(task: Path, drop: object) -> None:
    rewrite(task, drop=drop)
    with pytest.raises(TaskError, match=r"monitoring\.drop|monitoring"):
        Project(task).ship(confirm_monitoring="Kim")


def test_a_project_of_earlier_rules_ships_without_one(task: Path) -> None:
    with sqlite3.connect(task / ".rungwise" / "ledger.db") as connection:
        connection.execute(
            "update entries set payload = replace(payload, ?, '\"rules\":3') where kind = 'split'",
            (f'"rules":{NOW}',),
        )
    rewrite(task, drop=None)
    assert Project(task).ship().version == "v1.0"
