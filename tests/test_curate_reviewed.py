"""What people decided in review files is applied by `curate --reviewed`, each decision once."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.small_task import GOAL, rows, write
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import DataError, TaskError

TEAMS = ("access", "delivery", "refund")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    data = write(tmp_path / "requests.csv", rows())
    project = Project.init(tmp_path / "task", data=data, goal=GOAL)
    project.split()
    project.audit()
    return project


def part(project: Project, name: str) -> pl.DataFrame:
    return Project(project.folder)._workspace.part(name)  # type: ignore[arg-type]


def review(project: Project, *decided: tuple[str, str, str]) -> None:
    path = project.folder / "reviewed.csv"
    lines = [f"{row},{decision},{label},Ada\n" for row, decision, label in decided]
    path.write_text("id,decision,label,by\n" + "".join(lines))
    assert project.review(path).decided == len(decided)


def other(label: str) -> str:
    return next(team for team in TEAMS if team != label)


def test_each_decision_is_applied_once_and_in_the_name_of_who_took_it(project: Project) -> None:
    train, validation = part(project, "train"), part(project, "validation")
    ids, labels = train["id"], train["expected"]
    review(
        project,
        (ids[0], "keep", ""),
        (ids[1], "drop", ""),
        (ids[2], "relabel", other(labels[2])),
        (validation["id"][0], "relabel", other(validation["expected"][0])),
    )
    told = CliRunner().invoke(application, ["curate", "-C", str(project.folder), "--reviewed"])
    assert told.exit_code == 0
    assert "drop 1 row (reviews)" in told.output and "relabel 2 rows (reviews)" in told.output
    now = dict(part(project, "train").select("id", "expected").iter_rows())
    assert ids[1] not in now and now[ids[0]] == labels[0] and now[ids[2]] == other(labels[2])
    assert part(project, "validation")["expected"][0] == other(validation["expected"][0])
    (change,) = Project(project.folder).provenance(ids[2]).changes
    assert (change.by, change.transform.origin) == ("Ada", "reviews")
    with pytest.raises(TaskError, match="No decision of a review is left"):
        Project(project.folder).curate(reviewed=True)


def test_what_was_reviewed_before_a_curation_is_not_asked_after_it(project: Project) -> None:
    ids = part(project, "train")["id"]
    review(project, (ids[0], "keep", ""), (ids[1], "drop", ""))
    project.curate(reviewed=True)
    assert set(Project(project.folder)._workspace.state.reviews) == {ids[0], ids[1]}


def test_a_decision_file_goes_before_the_review(project: Project) -> None:
    train = part(project, "train")
    row, label = train["id"][0], train["expected"][0]
    review(project, (row, "drop", ""))
    path = project.folder / "decisions.csv"
    path.write_text(f"id,action,label,reason\n{row},relabel,{other(label)},seen again\n")
    version = project.curate(decisions=path, reviewed=True)
    assert [one.action for one in version.chain] == ["relabel"]
    assert len(part(project, "train")) == len(train)


def test_a_validation_row_is_not_dropped(project: Project) -> None:
    row = part(project, "validation")["id"][0]
    with pytest.raises(DataError, match="'drop', and the row is in validation"):
        review(project, (row, "drop", ""))
    assert not project.log("review")


def test_what_is_decided_after_a_curation_is_applied(project: Project) -> None:
    """Decisions name the version that the reviewer saw; the next curation finds them all."""
    train = part(project, "train")
    ids, labels = train["id"], train["expected"]
    path = project.folder / "decisions.csv"
    path.write_text(f"id,action,reason\n{ids[0]},drop,no request\n")
    project.curate(decisions=path)
    review(project, (ids[1], "relabel", other(labels[1])))
    project.curate(reviewed=True)
    assert dict(part(project, "train").select("id", "expected").iter_rows())[ids[1]] != labels[1]
    review(project, (ids[2], "drop", ""))
    version = Project(project.folder).curate(reviewed=True)
    assert [(one.action, one.count) for one in version.chain] == [
        ("drop", 1), ("relabel", 1), ("drop", 1),
    ]  # fmt: skip
    assert set(Project(project.folder)._workspace.state.reviews) == {ids[1], ids[2]}


def test_what_is_decided_on_a_version_holds_after_it_is_taken_back(project: Project) -> None:
    ids = part(project, "train")["id"]
    path = project.folder / "decisions.csv"
    path.write_text(f"id,action,reason\n{ids[0]},drop,no request\n")
    project.curate(decisions=path)
    review(project, (ids[1], "drop", ""))
    project.undo_curation()
    project.curate(reviewed=True)
    left = set(part(project, "train")["id"])
    assert ids[0] in left and ids[1] not in left
