"""What a test leaves open is accepted by a named person, who types its number again (R70, C9)."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.recorded_tests import record_a_test
from tests.small_task import rows, write
from typer.testing import CliRunner, Result

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import GateHolds, TaskError
from rungwise.rules import NOW

GOAL = "Route customer requests to one of three teams with at least 80 percent accuracy"
PERSON = {"by": "Ada Obi", "role": "support lead", "reason": "a wrong route costs one click"}
WORDS = ["--by", PERSON["by"], "--role", PERSON["role"], "--reason", PERSON["reason"]]
Opened = Callable[..., Project]


@pytest.fixture(scope="module")
def climbed(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> Iterator[Path]:
    """A task whose frozen features are far above the target on validation."""
    folder = tmp_path_factory.mktemp("go")
    data = write(folder / "requests.csv", rows())
    project = Project.init(folder / "task", data=data, goal=GOAL, models=[encoder])
    project.split()
    project.audit()
    project.climb(rungs=("majority", "nearest", "frozen"))
    yield folder / "task"


@pytest.fixture
def opened(climbed: Path, tmp_path: Path) -> Opened:
    """A copy of it whose test said what a case needs."""

    def after_a_test(
        value: float = 0.83, low: float | None = 0.7714, high: float | None = 0.8871, **changes: Any
    ) -> Project:
        folder = tmp_path / "a task"
        if not folder.exists():
            shutil.copytree(climbed, folder)
        record_a_test(Project(folder), value, low, high, **changes)
        return Project(folder)

    return after_a_test


def ship(project: Project, *arguments: str) -> Result:
    return CliRunner().invoke(
        application, ["ship", "-C", str(project.folder), "--confirm-monitoring", "Ada", *arguments]
    )


def shown(result: Result) -> str:
    return f"{result.output}\n{result.exception or ''}"


def test_without_a_person_the_release_waits_and_names_the_command(opened: Opened) -> None:
    project = opened()
    result = ship(project)
    told = shown(result)
    assert isinstance(result.exception, GateHolds) and result.exception.exit_code == 3
    assert re.search(
        r"`rungwise ship -C '?[^`]*'? --go --down-to LOW --by NAME --role ROLE --reason \"…\"`",
        told,
    )
    assert "[77.1, 88.7] on 200 test rows" in told, "the interval to read"
    assert "--override" not in told
    assert project.log("go") == [] and project.log("release") == []


@pytest.mark.parametrize("typed", ["77.1", "77.1 %", "0.771", "0.7714", "77,1", "77.14"])
def test_the_low_end_is_typed_again_as_it_is_printed(opened: Opened, typed: str) -> None:
    project = opened()
    project.go(**PERSON, down_to=typed)
    (entry,) = project.log("go")
    assert entry.payload["typed"] == typed and entry.payload["below_target"] is False


def test_what_is_accepted_is_released_and_is_no_override(opened: Opened) -> None:
    project = opened()
    result = ship(project, "--go", "--down-to", "77.1", *WORDS)
    assert result.exit_code == 0, shown(result)
    assert "Go: Ada Obi (support lead) accepted accuracy down to 77.1 %" in result.output
    assert "below target" not in result.output
    view = Project(project.folder).status()
    verdicts = {gate["code"]: gate["verdict"] for gate in view["gates"]}
    assert verdicts["test_confirms"] == "accepted"
    assert view["overrides"] == [] and len(view["goes"]) == 1


@pytest.mark.parametrize("typed", ["80", "88.7", "0.83", "77", "0.77", "low", "", "nan", "inf"])
def test_another_number_is_refused_and_the_right_one_is_not_told(
    opened: Opened, typed: str
) -> None:
    project = opened()
    with pytest.raises(TaskError) as refused:
        project.go(**PERSON, down_to=typed)
    told = str(refused.value)
    assert "low end of the test's interval" in told and "rungwise status" in told
    assert "77.1" not in told
    assert project.log("go") == []


@pytest.mark.parametrize("absent", ["by", "role", "reason"])
def test_a_go_has_a_name_a_role_and_a_reason(opened: Opened, absent: str) -> None:
    project = opened()
    with pytest.raises(TaskError, match=f"--{absent}"):
        project.go(**{**PERSON, absent: " "}, down_to=77.1)
    assert project.log("go") == []


def test_a_number_without_go_is_a_wrong_command_line(opened: Opened) -> None:
    assert ship(opened(), "--down-to", "77.1", *WORDS).exit_code == 2


def test_below_the_target_it_is_said_everywhere(opened: Opened, tmp_path: Path) -> None:
    project = opened(0.79, 0.7286, 0.8408)
    asked = shown(ship(project))
    assert "The test value misses the target" in asked and "shipped below target" in asked
    result = ship(project, "--go", "--down-to", "72.9", *WORDS)
    assert result.exit_code == 0, shown(result)
    project = Project(project.folder)
    (release,) = project.status()["releases"]
    assert release["below_target"] is True and project.log("go")[0].payload["below_target"] is True
    folder = project.folder / release["folder"]
    manifest = json.loads((folder / "release.json").read_text())
    assert manifest["below_target"] is True and manifest["go"]["name"] == PERSON["by"]
    assert manifest["overrides"] == []
    page = project.report(tmp_path / "report.html").read_text(encoding="utf-8")
    command = ["-C", str(project.folder)]
    said = {
        "ship": result.output,
        "status": CliRunner().invoke(application, ["status", *command]).output,
        "log": CliRunner().invoke(application, ["log", *command]).output,
        "report": page,
        "card": (folder / "README.md").read_text(encoding="utf-8"),
        "checklist": project.checklist(),
        "decide": project.decide(),
        "notebook": project._repr_html_(),
    }
    for place, text in said.items():
        assert "shipped below target" in text, place
        if place != "decide":
            assert PERSON["by"] in text and "72.9 %" in text, place
    assert 'class="mark accepted"' in page and "gate was overridden" not in page


def test_a_second_test_or_another_target_asks_again(opened: Opened) -> None:
    project = opened()
    project.go(**PERSON, down_to=77.1)
    assert project.status()["gates"]
    record_a_test(project, 0.82, 0.7612, 0.8671)
    again = Project(project.folder)
    with pytest.raises(GateHolds, match="--go --down-to LOW"):
        again.ship(confirm_monitoring="Ada")
    again.go(**PERSON, down_to="76.1")
    assert len(again.log("go")) == 2


def test_another_attempt_needs_a_test_of_its_own(opened: Opened) -> None:
    project = opened()
    project.go(**PERSON, down_to=77.1)
    space = project._workspace
    test = space.state.test
    assert test is not None
    decision = space.state.goes[-1]
    assert decision.is_about(test, decision.target)
    assert not decision.is_about(replace(test, attempt="another"), decision.target)
    assert not decision.is_about(replace(test, unseal=2), decision.target)
    assert not decision.is_about(test, decision.target + 0.01)
    assert not decision.is_about(None, decision.target)


def test_a_go_without_need_is_one_line(opened: Opened) -> None:
    project = opened(0.97, 0.9361, 0.9862)
    with pytest.raises(TaskError, match="nothing to accept") as refused:
        project.go(**PERSON, down_to=93.6)
    assert "\n" not in str(refused.value)
    assert project.log("go") == []


def test_the_same_words_again_go_on_and_others_are_refused(opened: Opened) -> None:
    project = opened()
    first = project.go(**PERSON, down_to=77.1)
    assert project.go(**PERSON, down_to=77.1) == first
    with pytest.raises(TaskError, match=r"Ada Obi .* already"):
        project.go(by="Bo", role="intern", reason="me too", down_to=77.1)
    assert len(project.log("go")) == 1


def test_a_missed_test_is_no_matter_of_a_go(opened: Opened, value: float = 0.7) -> None:
    project = opened(value, value - 0.06, value + 0.06)
    with pytest.raises(GateHolds, match="--override test_confirms"):
        project.go(**PERSON, down_to=100 * (value - 0.06))
    assert project.log("go") == []
    project.override("test_confirms", **PERSON)
    assert Project(project.folder).ship(confirm_monitoring="Ada").below_target is True
    assert "shipped below target" in Project(project.folder).checklist()


def test_before_a_test_there_is_nothing_to_accept(climbed: Path) -> None:
    with pytest.raises(GateHolds, match="not opened yet"):
        Project(climbed).go(**PERSON, down_to=77.1)


def test_too_few_test_rows_need_an_override(opened: Opened) -> None:
    project = opened(0.84, 0.71, 0.92, rows=49)
    with pytest.raises(GateHolds, match=r"49 test rows are too few.*50.*--override test_confirms"):
        project.go(**PERSON, down_to=71)
    with pytest.raises(GateHolds, match="--override test_confirms"):
        project.ship(confirm_monitoring="Ada")
    assert project.log("go") == []


def test_the_least_rows_are_a_setting(opened: Opened) -> None:
    folder = opened(0.84, 0.71, 0.92, rows=49).folder
    file = folder / "rungwise.yaml"
    file.write_text(file.read_text() + "policy:\n  go_rows: 40\n")
    project = Project(folder)
    project.decide()
    assert project.go(**PERSON, down_to=71).goal.rows == 49


def test_a_project_of_the_first_rules_may_take_a_go_in_place_of_an_override(
    opened: Opened,
) -> None:
    folder = opened(0.805, 0.75, 0.84, rows=49).folder
    with sqlite3.connect(folder / ".rungwise" / "ledger.db") as connection:
        connection.execute(
            "update entries set payload = replace(payload, ?, '\"rules\":1') where kind = 'split'",
            (f'"rules":{NOW}',),
        )
    project = Project(folder)
    project.decide()
    verdicts = {gate["code"]: gate["verdict"] for gate in project.status()["gates"]}
    assert verdicts["test_confirms"] == "inconclusive", "as it was before"
    with pytest.raises(GateHolds, match=r"49 test rows are too few.*--override test_confirms"):
        project.go(**PERSON, down_to=75)
    record_a_test(project, 0.805, 0.75, 0.84, rows=200)
    with pytest.raises(GateHolds, match="--go --down-to LOW"):
        project.ship(confirm_monitoring="Ada")
    project.go(**PERSON, down_to=75)
    verdicts = {gate["code"]: gate["verdict"] for gate in project.status()["gates"]}
    assert verdicts["test_confirms"] == "accepted"
