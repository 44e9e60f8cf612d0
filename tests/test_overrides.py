"""What a gate refuses only a named person can let pass, and that stays on record (R4, C7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.small_task import rows, write

from rungwise import Project
from rungwise.errors import GateHolds, TaskError

GOAL = "Route customer requests to one of three teams with at least 99.9 percent accuracy"
PERSON = {"by": "Ada", "role": "business", "reason": "a pilot with three users"}


def muddled() -> list[tuple[str, str]]:
    """Every tenth row has another team's label: no honest model reaches the target."""
    teams = ("access", "delivery", "refund")
    return [
        (text, teams[(teams.index(label) + 1) % 3] if place % 10 == 0 else label)
        for place, (text, label) in enumerate(rows())
    ]


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> Iterator[Project]:
    """A task whose cheap rungs were climbed and fell short."""
    folder = tmp_path_factory.mktemp("short")
    data = write(folder / "requests.csv", muddled())
    project = Project.init(folder / "task", data=data, goal=GOAL, models=[encoder])
    project.split()
    project.audit()
    assert not project.climb(rungs=("majority", "nearest", "frozen")).reached
    yield project


def test_tuning_cannot_be_jumped_to(tmp_path: Path, encoder: str) -> None:
    data = write(tmp_path / "requests.csv")
    goal = "Route customer requests to one of three teams with at least 99.9 percent accuracy"
    project = Project.init(tmp_path / "task", data=data, goal=goal, models=[encoder])
    with pytest.raises(GateHolds, match="split_sealed"):
        project.climb(rungs=("lora",))
    project.split()
    project.audit()
    with pytest.raises(GateHolds, match="baseline_recorded"):
        project.climb(rungs=("lora",))
    assert project.log("attempt") == []


def test_the_test_stays_sealed_below_the_target(short: Project) -> None:
    with pytest.raises(GateHolds, match="validation_settled"):
        short.test()
    assert short.log("unsealing") == []


@pytest.mark.parametrize("absent", ["by", "role", "reason"])
def test_an_override_has_a_name_a_role_and_a_reason(short: Project, absent: str) -> None:
    with pytest.raises(TaskError, match=absent):
        short.override("validation_settled", **{**PERSON, absent: " "})
    with pytest.raises(TaskError, match="no gate"):
        short.override("validation_setled", **PERSON)


def test_named_overrides_open_the_way_and_stay_visible(short: Project, tmp_path: Path) -> None:
    short.override("validation_settled", **PERSON)
    first = short.test()
    assert first.unseal == 1
    with pytest.raises(GateHolds, match="test_once"):
        short.test()
    short.override("test_once", **PERSON)
    assert short.test().unseal == 2
    with pytest.raises(GateHolds, match="test_once"):
        short.test()
    with pytest.raises(GateHolds, match="test_confirms"):
        short.ship(confirm_monitoring="Ada")
    short.override("test_confirms", **PERSON)
    release = short.ship(confirm_monitoring="Ada")
    view = short.status()
    assert {o["gate"] for o in view["overrides"]} == {
        "validation_settled", "test_once", "test_confirms",
    }  # fmt: skip
    verdicts = {gate["code"]: gate["verdict"] for gate in view["gates"]}
    assert verdicts["validation_settled"] == "overridden"
    page = short.report(tmp_path / "report.html").read_text(encoding="utf-8")
    card = (short.folder / release.folder / "README.md").read_text(encoding="utf-8")
    for text in (page, card):
        assert "Ada" in text and PERSON["reason"] in text
        assert re.search(r"no longer\W+(\w+\W+){0,2}unseen", text)


def test_another_file_with_the_same_rows_does_not_launder_a_look(
    tmp_path: Path, encoder: str
) -> None:
    goal = "Route customer requests to one of three teams with at least 80 percent accuracy"
    data = write(tmp_path / "requests.csv")
    project = Project.init(tmp_path / "task", data=data, goal=goal, models=[encoder])
    project.run()
    project.test()
    write(tmp_path / "renamed.csv", [*rows(), ("one more row about a refund", "refund")])
    file = tmp_path / "task" / "rungwise.yaml"
    file.write_text(file.read_text().replace("requests.csv", "renamed.csv"))
    again = Project(tmp_path / "task")
    assert again.status()["edited"]
    again.run()
    with pytest.raises(GateHolds, match=r"test_once.* --override test_once --by NAME"):
        again.test()
    (once,) = (one for one in again.status()["gates"] if one["code"] == "test_once")
    assert once["verdict"] == "hold", "this test part was never opened, so a test is still due"
    assert once["reason"].startswith("The test part of an earlier split was opened once")


def test_a_raised_target_asks_for_the_new_attempt(tmp_path: Path, encoder: str) -> None:
    goal = "Route customer requests to one of three teams with at least 60 percent accuracy"
    data = write(tmp_path / "requests.csv")
    project = Project.init(tmp_path / "task", data=data, goal=goal, models=[encoder])
    project.run()
    project.test()
    first = project.ship(confirm_monitoring="Ada")
    assert project.ship(confirm_monitoring="Ada") == first
    before = project.status()["selected"]
    file = tmp_path / "task" / "rungwise.yaml"
    file.write_text(file.read_text().replace("target: 0.6", "target: 0.99").replace("60", "99"))
    raised = Project(tmp_path / "task")
    assert raised.run().reached
    view = raised.status()
    assert view["selected"] != before
    # a second look needs a named override, so `rungwise test` would be refused
    assert view["step"] == "test" and "rungwise report" in view["next"]
