"""A task of generated text climbs its own ladder; what is tuned comes back as it was (R47)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.small_language import write_language_model

from rungwise import Project
from rungwise.progress import Silent
from rungwise.table import Examples
from rungwise.training.language.rivals import Rival, beaten
from rungwise.workflow.test import restored

GOAL = "Extract the colour of each request as JSON with at least 90 percent exact match"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_language_model(tmp_path_factory.mktemp("language") / "small")


COLOURS = ("red", "blue", "green", "black")


def asked(folder: Path, place: Path, long: str = "", metric: str = "exact_match") -> Project:
    """Requests for things of four colours, and `long` among them."""
    things = [f"{size} {thing}" for size in ("big", "small", "old", "new", "nice", "odd", "long")
              for thing in ("car", "hat", "cup", "pen", "box", "bag")]  # fmt: skip
    rows = [(f"{thing} in {colour} please", f'{{"colour": "{colour}"}}')
            for thing in things for colour in COLOURS]  # fmt: skip
    rows += [(long, '{"colour": "red"}')] if long else []
    pl.DataFrame(rows, ["text", "answer"], orient="row").write_csv(place / "rows.csv")
    return Project.init(
        place / "task",
        data=place / "rows.csv",
        goal=GOAL.replace("exact match", metric) if metric != "exact_match" else GOAL,
        metric=metric,
        columns={"input": "text", "label": "answer"},
        models=[str(folder)],
        settings=(
            "policy.evaluation_rows=20", "generation.shots=2", "generation.max_tokens=4",
            "training.epochs=1",
        ),
    )  # fmt: skip


def test_a_row_that_leaves_no_room_is_told_by_the_audit(folder: Path, tmp_path: Path) -> None:
    project = asked(folder, tmp_path, long="a very " + "very " * 100 + "red car")
    project.split()
    project.audit()
    project.climb(rungs=["prompt"])
    found = {one.code: one for one in project.audit()}
    told = found["truncation"]
    assert told.title.startswith("1 of ") and "no room for an answer" in told.title
    assert "truncation.unchecked" not in found and "outliers.unchecked" not in found


def test_a_task_of_texts_climbs_its_own_ladder(folder: Path, tmp_path: Path) -> None:
    project = asked(folder, tmp_path)
    project.split()
    project.audit()
    project.climb(rungs=["prompt", "few_shot"])
    project.audit()
    for verdict in project.status()["gates"]:
        if verdict["code"] in ("data_audited", "tuning_earned") and verdict["verdict"] == "hold":
            project.override(verdict["code"], by="Ada", role="ml", reason="to see the ladder")
    found = project.climb(rungs=["lora"])
    by_rung = {one.rung: one for one in found.attempts}
    adapters = [one for one in found.attempts if one.rung == "lora"]
    assert [one.configuration["adapter"] for one in adapters] == ["lora"] * 3 + ["dora"]
    for one in adapters:
        assert one.details["left_out"] == one.details["left_out_validation"] == 0
        assert one.details["stop_token"] == "<end>"
        assert 0 <= one.details["ended"]["before"] <= 1
        assert 0 <= one.details["ended"]["after"] <= 1
        assert one.details["trained_parameters"] < one.details["parameters"]
        assert one.details["stored_bytes"] == 4 * one.details["trained_parameters"]
        assert len(one.details["row_losses"][0]) == 20
    assert {"prompt", "few_shot", "lora"} == set(by_rung)
    assert sum(one.rung == "few_shot" for one in found.attempts) == 3
    assert len({one.configuration["learning_rate"] for one in found.attempts
                if one.rung == "lora"}) == 3  # fmt: skip
    assert all(one.goal.rows == 20 for one in found.attempts), "the same rows for all (R65)"
    assert by_rung["lora"].curve and by_rung["lora"].details["trained_parameters"] > 0
    answered = project._workspace.predictions(by_rung["lora"].predictions)
    again = project._workspace.measured()
    assert answered.ids.equals(again["id"])
    groups = project._workspace.state.failures[by_rung["prompt"].id]
    assert {one.name for one in groups} <= {
        "no JSON",
        "no answer",
        "JSON cut short or broken",
        "cut off at the longest answer",
    }
    fitted = restored(project._workspace, by_rung["lora"])
    told = fitted.predict(Examples.of(again).inputs, Silent())
    assert told.outputs.equals(answered.outputs)


def one_rate(losses: list[float], value: float) -> Rival:
    return Rival(1e-3, [value], [losses])


def test_a_rate_is_stopped_where_every_row_says_so() -> None:
    ahead = one_rate([1.0, 1.2, 0.8, 1.1], 0.5)
    found = beaten([[2.0, 2.1, 1.9, 2.0]], [0.5], [ahead], True, 0.95)
    assert found is not None
    # Differences 1.0, 0.9, 1.1, 0.9: mean 0.975, standard error 0.0957 / 2, t(3) = 3.182.
    assert found["loss_difference"] == pytest.approx(0.975)
    assert found["low"] == pytest.approx(0.975 - 3.1824 * 0.0957427 / 2, abs=1e-4)
    assert (found["epoch"], found["by"]) == (1, 1e-3)


def test_noise_stops_no_rate() -> None:
    """The mean is as far ahead as above, but one row alone brings it."""
    ahead = one_rate([1.0, 1.2, 0.8, 1.1], 0.5)
    assert beaten([[4.9, 1.2, 0.8, 1.1]], [0.5], [ahead], True, 0.95) is None


def test_a_rate_that_is_ahead_in_the_goal_goes_on() -> None:
    ahead = one_rate([1.0, 1.2, 0.8, 1.1], 0.5)
    behind = [[2.0, 2.1, 1.9, 2.0]]
    assert beaten(behind, [0.6], [ahead], True, 0.95) is None
    assert beaten(behind, [0.6], [ahead], False, 0.95) is not None, "where less is better"


def test_rates_are_compared_after_as_many_epochs() -> None:
    ahead = one_rate([1.0, 1.2, 0.8, 1.1], 0.5)
    two = [[9.0] * 4, [2.0, 2.1, 1.9, 2.0]]
    assert beaten(two, [0.5, 0.5], [ahead], True, 0.95) is None
