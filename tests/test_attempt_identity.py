"""An attempt's id: the same question has the same one, and any other question another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.small_task import GOAL, rows, write

from rungwise import Project
from rungwise.progress import Silent
from rungwise.task import Training
from rungwise.workflow.attempt import attempt_id
from rungwise.workflow.workspace import Workspace

CHANGED = {
    "epochs": "7", "batch_size": "32", "patience": "3", "max_tokens": "99",
    "weight_decay": "0.2", "dropout": "0.3", "general_share": "0.25",
}  # fmt: skip
ELSEWHERE = {
    "learning_rates": "[0.5]",  # the configuration has the one that was tried
    "refit": "false",  # it is made after the attempt was selected
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("identity")
    data = write(folder / "requests.csv", rows()[:90])
    project = Project.init(folder / "task", data=data, goal=GOAL, models=[encoder])
    project.split()
    yield project.folder


def identity(
    folder: Path,
    *settings: str,
    rung: str = "frozen",
    told: object = None,
    model: str = "e@1",
    trains: bool = True,
) -> str:
    workspace = Workspace(folder, Silent(), settings)
    return attempt_id(workspace, rung, {"class_weights": told}, model, trains=trains)


def test_every_setting_of_training_has_a_say_here() -> None:
    assert CHANGED.keys() | ELSEWHERE.keys() == Training.model_fields.keys()


@pytest.mark.parametrize("setting", CHANGED)
def test_another_setting_of_training_is_another_attempt(folder: Path, setting: str) -> None:
    changed = f"training.{setting}={CHANGED[setting]}"
    assert identity(folder, changed) != identity(folder)
    assert identity(folder, changed) == identity(folder, changed)


@pytest.mark.parametrize("setting", CHANGED)
def test_what_trains_nothing_is_the_same_unless_more_of_a_text_is_read(
    folder: Path, setting: str
) -> None:
    changed = identity(folder, f"training.{setting}={CHANGED[setting]}", trains=False)
    assert (changed == identity(folder, trains=False)) == (setting != "max_tokens")


@pytest.mark.parametrize("setting", ELSEWHERE)
def test_what_has_its_own_place_is_no_part_of_it(folder: Path, setting: str) -> None:
    assert identity(folder, f"training.{setting}={ELSEWHERE[setting]}") == identity(folder)


@pytest.mark.parametrize("trains", [True, False])
def test_another_seed_metric_or_confidence_is_another_attempt(folder: Path, trains: bool) -> None:
    """The seed orders the rows, starts adapters and draws the samples of intervals."""
    settings = ("policy.seed=7", "policy.seed=8", "task.metric=macro_f1", "policy.confidence=0.9")
    found = {identity(folder, one, trains=trains) for one in settings}
    assert len(found | {identity(folder, trains=trains)}) == 1 + len(settings)


def test_another_rung_configuration_or_model_is_another_attempt(folder: Path) -> None:
    found = {
        identity(folder),
        identity(folder, rung="linear"),
        identity(folder, told="balanced"),
        identity(folder, model="e@2"),
        identity(folder, trains=False),
    }
    assert len(found) == 5


def test_a_part_of_the_policy_that_measures_nothing_is_no_part_of_it(folder: Path) -> None:
    assert identity(folder, "policy.go_rows=80") == identity(folder)
