"""What a climb says, and does, when no time is left to settle the target (C8)."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.constructed import attempt, measured, split_record
from tests.small_encoder import write_encoder
from tests.small_task import GOAL, rows, write
from typer.testing import CliRunner

from rungwise import Project, plugins
from rungwise.cli.application import application
from rungwise.progress import Silent
from rungwise.workflow import settle
from rungwise.workflow.workspace import Workspace

HARD = GOAL.replace("80", "88")
QUICK = (
    "training.epochs=1",
    "policy.learning_rates=1",
    "training.learning_rates=[0.0001]",
    "policy.settle_seconds=0",
)


def noisy(count: int) -> list[tuple[str, str]]:
    """Rows of which every seventh has a wrong label, so that 88 percent lies in every interval."""
    return [
        (text, "refund" if place % 7 == 0 else label)
        for place, (text, label) in enumerate(rows()[:count])
    ]


def test_without_time_the_cheap_rungs_are_measured_and_each_rung_is_spoken_of_once(
    tmp_path: Path, encoder: str
) -> None:
    data = write(tmp_path / "requests.csv", noisy(120))
    project = Project.init(
        tmp_path / "task", data=data, goal=HARD, models=[encoder], settings=QUICK
    )
    said = CliRunner().invoke(application, ["run", "-C", str(project.folder)]).output
    view = Project(project.folder).status()
    tried = {one["rung"] for one in view["attempts"]}
    assert tried == {"majority", "zero_shot", "nearest", "linear", "frozen"}
    late = [line for line in said.splitlines() if "The time to settle is used up" in line]
    assert [line.split()[0] for line in late] == ["unfreeze", "lora"]
    assert "Gate tuning_earned" not in said, "nothing cheaper is owed"
    assert "is measured on the validation rows alone" not in said, "it is not measured at all"
    assert "The climb ended because the time to settle it is used up." in said
    again = CliRunner().invoke(application, ["run", "-C", str(project.folder)]).output
    assert "Trying" not in again
    kinds = [entry.kind for entry in project.log(kind="budget")]
    assert kinds == ["budget"]


def test_a_pass_that_an_audit_made_is_in_the_forecast_of_the_first_tuning(
    tmp_path: Path,
) -> None:
    """Eight epochs of one block of three, forward and backward: 1 + 3 · 8 / 3 = 9 passes."""
    write_encoder(tmp_path / "encoder")
    data = write(tmp_path / "requests.csv", rows()[:120])
    settings = ("training.epochs=8",)
    folder = Project.init(
        tmp_path / "task",
        data=data,
        goal=HARD,
        models=[str(tmp_path / "encoder")],
        settings=settings,
    ).folder
    Project(folder).split()
    Project(folder).audit()
    Project(folder).climb(rungs=["frozen"])
    workspace = Workspace(folder, Silent())
    lora = plugins.load("rungs", "lora")
    spent = sum(one.seconds for one in workspace.attempts)
    for file in workspace.cache.glob("trunk/*/*/entry.json"):
        entry = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps({**entry, "seconds": 1000.0}), "utf-8")
    forecast = settle.expected_seconds(workspace, lora, {"layers": 1}, 1)
    assert forecast == pytest.approx(9 * 1000.0)
    for file in workspace.cache.glob("trunk/*/*/entry.json"):
        entry = json.loads(file.read_text("utf-8"))
        del entry["seconds"]  # as an earlier version wrote it
        file.write_text(json.dumps(entry), "utf-8")
    forecast = settle.expected_seconds(workspace, lora, {"layers": 1}, 1)
    assert forecast == pytest.approx(9 * spent)


@pytest.mark.parametrize(("rules", "folded"), [(5, False), (4, True)])
def test_the_time_of_what_tunes_gives_the_next_rung_no_more_for_folds(
    rules: int, folded: bool
) -> None:
    """30 s until then give 300 s; with the 600 s of tuning, 6,300 s."""
    cheap = attempt("frozen", measured(0.8, 0.75, 0.85), seconds=30.0)
    tuned = attempt("unfreeze", measured(0.8, 0.7, 0.9), seconds=600.0)
    state = SimpleNamespace(budget=None, split=split_record(["a"], numbers={"rules": rules}))
    policy = SimpleNamespace(policy=SimpleNamespace(settle_seconds=None))
    workspace: Any = SimpleNamespace(
        state=state, attempts=(cheap, tuned), folds=object(), task=policy
    )
    lora = plugins.load("rungs", "lora")
    assert settle.worth_folding(workspace, "lora", lora, expected=59.0)
    assert settle.worth_folding(workspace, "lora", lora, expected=61.0) is folded


CHEAP = {"majority", "zero_shot", "nearest", "linear", "frozen"}


def few_validation_rows(folder: Path, errors: int) -> Project:
    """120 rows, every so many of them with a wrong label, 24 of them to compare rungs on."""
    wrong = [
        (text, "access" if place % errors == 0 else label)
        for place, (text, label) in enumerate(rows()[:120])
    ]
    write_encoder(folder / "encoder")
    return Project.init(
        folder / "task",
        data=write(folder / "requests.csv", wrong),
        goal=HARD,
        models=[str(folder / "encoder")],
        settings=(
            "training.epochs=1",
            "policy.learning_rates=1",
            "training.learning_rates=[0.0001]",
            "policy.cross_validate_below=0",
            "policy.validation_share=0.2",
        ),
    )


def test_no_rung_is_tried_that_could_not_settle_it_with_half_of_the_errors(tmp_path: Path) -> None:
    """One error more or less in 24 rows: 23 of them have the interval [79.8, 99.3]."""
    project = few_validation_rows(tmp_path, errors=12)
    ended = project.run()
    assert ended.selected is not None
    assert 0.88 <= ended.selected.goal.value < 1.0
    assert {one.rung for one in project.attempts()} == CHEAP
    assert "no further rung could settle it on these rows" in ended.reason
    skipped = {one["rung"]: one["reason"] for one in project.status()["skipped"]}
    for rung in ("unfreeze", "lora"):
        assert skipped[rung].startswith("These rows cannot settle it: the target is reached")
        assert f"on 24 validation rows the interval of {rung}" in skipped[rung]
    assert ended.next.startswith("rungwise test")
    assert project.run().reason == ended.reason  # a second run tries nothing, either
    assert {one.rung for one in project.attempts()} == CHEAP
    project.climb(rungs=["unfreeze"])  # who asks for it gets it
    assert "unfreeze" in {one.rung for one in project.attempts()}


def test_a_rung_that_may_reach_the_target_is_tried_on_few_rows_as_well(tmp_path: Path) -> None:
    project = few_validation_rows(tmp_path, errors=4)
    project.run()
    cheap = [one.goal.value for one in project.attempts() if one.rung in CHEAP]
    assert max(cheap) < 0.88, "else there is nothing to reach"
    assert "unfreeze" in {one.rung for one in project.attempts()}
