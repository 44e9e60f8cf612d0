"""One file adds a kind of task: it is split, audited, climbed, tested, shipped and served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import GOAL, rows, write
from tests.toy_kind import installed

from rungwise import Project
from rungwise.errors import TaskError


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("toy")
    made = [(text, text[::-1]) for text, _ in rows()[:120]]
    data = write(folder / "texts.csv", made)
    with installed():
        settings = ("task.kind=mirror", "policy.resamples=200")
        project = Project.init(
            folder / "task",
            data=data,
            goal="Write each text backwards, with at least 50 percent exact match",
            metric="exact_match",
            minimum=0.5,
            columns={"input": "text", "label": "label"},
            settings=settings,
        )
        run = project.run()
        assert run.reached, run
        assert project.test().goal.value == 1
        project.ship(confirm_monitoring="Ada")
        yield project


def test_only_its_rungs_are_on_the_ladder(walked: Project) -> None:
    view = walked.status()
    assert view["step"] == "released"
    values = {one["rung"]: one["value"] for one in view["attempts"]}
    assert values["backwards"] == 1.0 and values["same"] < 0.1


def test_the_release_answers(walked: Project, tmp_path: Path) -> None:
    asked = write(tmp_path / "asked.csv", [("never seen before", "")])
    walked.predict(asked, release="v1.0", output=tmp_path / "answers.csv")
    assert pl.read_csv(tmp_path / "answers.csv")["output"].to_list() == ["erofeb nees reven"]


def test_what_is_not_installed_is_refused_by_name(tmp_path: Path) -> None:
    data = write(tmp_path / "texts.csv", rows()[:20])
    with pytest.raises(TaskError, match=r"no kind of task called 'unheard'"):
        Project.init(
            tmp_path / "task", data=data, goal=GOAL,
            settings=("task.kind=unheard",),
        )  # fmt: skip
