"""Kept outputs are measured by another metric without asking a model again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.scripted_server import Asked, Scripted, scripted
from tests.small_task import GOAL, rows, write
from tests.small_texts import answering, right, text_project
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import DataError, InputError, TaskError
from rungwise.evaluation.metrics import find
from rungwise.evaluation.paired import compare


def often_right(asked: Asked) -> str:
    """Right with the second prompt; with the first, where the request is for Oslo."""
    known = "one JSON object" in str(asked.body["messages"][0]["content"]) or "Oslo" in asked.last
    return right(asked.last) if known else "{}"


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    with scripted(answering(often_right)) as running:
        yield running


@pytest.fixture(scope="module")
def project(server: Scripted, tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = text_project(tmp_path_factory.mktemp("rescore"), server.name, "policy.resamples=200")
    made.climb(rungs=["prompt"])
    return made


def test_every_attempt_gets_the_value_that_a_run_would_have_given(
    project: Project, server: Scripted
) -> None:
    asked = len(server.asked)
    found = project.rescore("json_f1")
    by_attempt = {one.attempt: one for one in found.attempts}
    for attempt in project.attempts():
        measured = next(one for one in attempt.metrics if one.metric == "json_f1")
        assert by_attempt[attempt.id].value == measured
    assert len(server.asked) == asked


def test_the_gain_over_the_baseline_is_paired(project: Project) -> None:
    found = project.rescore("chrf")
    workspace = project._workspace
    (other,) = [one for one in found.attempts if one.difference is not None]
    by_id = {one.id: workspace.predictions(one.predictions) for one in project.attempts()}
    expected = workspace.measured()["expected"]
    policy = workspace.task.policy
    direct = compare(find("chrf"), expected, by_id[found.baseline], by_id[other.attempt], policy)
    assert (other.difference, other.low, other.high) == (
        direct.difference, direct.low, direct.high,
    )  # fmt: skip
    assert workspace.state.rescored[-1] == found


def test_from_the_command_line(project: Project) -> None:
    where = ("-C", str(project.folder))
    told = CliRunner().invoke(application, ["rescore", "--metric", "regex[Oslo]", *where, "--json"])
    found = json.loads(told.output)
    rows = project._workspace.measured()["input"].str.contains("Oslo")
    assert {one["value"]["value"] for one in found["attempts"]} == {rows.mean()}
    assert found["attempts"][0]["value"]["on"] == "validation"
    plain = CliRunner().invoke(application, ["rescore", "--metric", "regex[Oslo]", *where])
    assert "on 12 validation rows" in plain.output


@pytest.mark.parametrize(
    ("metric", "fact"),
    [
        ("chfr", r"There is no metric 'chfr'. Did you mean chrf"),
        ("metrics.py:f", "is not named in rungwise.yaml"),
        ("judge", "needs a judge"),
        (
            "recall[x]",
            r"has no classes: it compares texts\. Known: exact_match, .*regex\[PATTERN\]\.",
        ),
    ],
)
def test_what_cannot_be_measured_is_one_line(project: Project, metric: str, fact: str) -> None:
    with pytest.raises(TaskError, match=fact):
        project.rescore(metric)


def test_nothing_to_measure_is_one_line(server: Scripted, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no attempt yet"):
        text_project(tmp_path, server.name).rescore("chrf")


def test_attempts_that_kept_no_probabilities_are_left_out(tmp_path: Path) -> None:
    """Nothing is taught to the rows of `current`: it is a file of labels."""
    project = Project.init(
        tmp_path / "task", data=write(tmp_path / "rows.csv", rows()[:150]), goal=GOAL,
        columns={"input": "text", "label": "label"},
    )  # fmt: skip
    project.split()
    answers = project._workspace.part("validation").select("id", label="expected")
    answers.write_csv(tmp_path / "answers.csv")
    answers.with_columns(pl.col("label") + "%").write_csv(tmp_path / "strange.csv")
    with pytest.raises(DataError, match="The answers of strange name no class"):
        project.import_predictions(tmp_path / "strange.csv", "strange")  # and stops nothing below
    answers[1:].write_csv(tmp_path / "few.csv")
    with pytest.raises(DataError, match="lack 1 of"):
        project.import_predictions(tmp_path / "few.csv", "few")
    project.import_predictions(tmp_path / "answers.csv", "rules")
    project.audit()
    project.climb(rungs=["majority", "current"])
    assert {one.rung for one in project.attempts()} == {"majority", "current"}
    assert {one.rung for one in project.rescore("macro_f1").attempts} == {"majority", "current"}
    assert {one.rung for one in project.rescore("log_loss").attempts} == {"majority"}
