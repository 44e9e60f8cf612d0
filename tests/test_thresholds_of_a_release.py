"""From a goal of recall to a release: thresholds decide labels and reviews, and travel with it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from scipy.stats import binom
from tests.small_task import rows, write

from rungwise import Project
from rungwise.errors import TaskError

GOAL = "Find requests for a refund: at least 80 percent recall on refund"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("recall")
    data = write(folder / "requests.csv", rows())
    made = Project.init(folder / "task", data=data, goal=GOAL, precision=0.6)
    made.split()
    made.audit()
    made.climb(rungs=("majority", "linear"))
    return made


def test_each_attempt_is_measured_at_the_threshold_of_its_goal(project: Project) -> None:
    measured = {one["rung"]: one for one in project.status()["attempts"]}
    assert measured["linear"]["low"] >= 0.8 and measured["linear"]["precision"] >= 0.6
    # A constant answer has the precision of the class, a third, so with 0.6 it finds nothing.
    assert measured["majority"]["value"] == 0
    assert project.status()["selected"] == measured["linear"]["id"]


def test_the_test_confirms_and_the_release_carries_it(project: Project, tmp_path: Path) -> None:
    result = project.test()
    rule, review = result.rule, result.review
    assert rule is not None and review is not None
    assert rule.label == "refund" and rule.least is not None
    assert review.verdict == "certified"
    assert binom.cdf(review.wrong, review.answered, review.bound) == pytest.approx(0.05, abs=1e-6)
    assert project.status()["review"]["reason"] == review.reason

    project.ship(confirm_monitoring="Ola")
    foreign = "Die Regierung beschloss gestern ein Gesetz zur Photovoltaik"
    asked = write(tmp_path / "asked.csv", [(rows()[0][0], ""), (foreign, "")])
    project.predict(asked, output=tmp_path / "answers.csv")
    with (tmp_path / "answers.csv").open(encoding="utf-8") as file:
        own, far = csv.DictReader(file)
    assert own["review"] == "false"
    assert far["review"] == "true"
    page = (project.folder / "releases/v1.0/README.md").read_text(encoding="utf-8")
    assert "## When to ask a person" in page and "`refund` is answered from a probability" in page


@pytest.mark.parametrize("precision", [0.0, -1.0, 1.5, float("nan")])
def test_a_precision_is_a_share(tmp_path: Path, precision: float) -> None:
    data = write(tmp_path / "requests.csv", rows()[:60])
    with pytest.raises(TaskError, match="precision"):
        Project.init(tmp_path / "task", data=data, goal=GOAL, precision=precision)


def test_a_precision_goes_with_a_goal_of_recall(tmp_path: Path) -> None:
    data = write(tmp_path / "requests.csv", rows()[:60])
    with pytest.raises(TaskError, match="is asked for beside accuracy"):
        Project.init(
            tmp_path / "task", data=data, goal="Route requests with 80 percent accuracy",
            precision=0.5,
        )  # fmt: skip
    assert not (tmp_path / "task").exists()
