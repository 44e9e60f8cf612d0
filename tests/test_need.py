"""Why to tune is read from the file, or asked for once at a terminal and written into it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError
from tests.small_language import write_language_model
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import TaskError
from rungwise.need import Need
from rungwise.records import Ruling, Verdict
from rungwise.task import load
from rungwise.workflow.judge import remaining


@pytest.fixture
def project(tmp_path: Path) -> Project:
    rows = [(f"say {number}", str(number)) for number in range(60)]
    pl.DataFrame(rows, ["text", "answer"], orient="row").write_csv(tmp_path / "rows.csv")
    return Project.init(
        tmp_path / "task",
        data=tmp_path / "rows.csv",
        goal="Classify the text into its number with at least 90 percent exact match",
        metric="exact_match",
        columns={"input": "text", "label": "answer"},
        models=[str(write_language_model(tmp_path / "model"))],
    )


def text(project: Project) -> str:
    return (project.folder / "rungwise.yaml").read_text(encoding="utf-8")


def test_what_is_stated_is_written_and_the_rest_of_the_file_stays(project: Project) -> None:
    path = project.folder / "rungwise.yaml"
    path.write_text(f"# ours\n{text(project)}# the end\n", encoding="utf-8")
    before = text(project)
    assert project.unstated_need() == ("wrong", "calls_per_month", "knowledge_changes")
    project.state_need(wrong=("style", "cost"), calls_per_month=40_000)
    assert text(project).startswith(before)
    assert load(path).need.wrong == ("style", "cost")
    assert project.unstated_need() == ("knowledge_changes",)
    project.state_need(knowledge_changes=None)
    assert project.unstated_need() == (), "who was asked and does not know is not asked again"
    assert load(path).need.calls_per_month == 40_000 and "# ours" in text(project)


def test_a_value_that_it_does_not_take_changes_nothing(project: Project) -> None:
    before = text(project)
    with pytest.raises(TaskError, match=r"need\.knowledge_changes"):
        project.state_need(knowledge_changes="hourly")
    assert text(project) == before


@pytest.mark.parametrize(
    ("told", "calls"),
    [("30,000", 30_000), ("30k", 30_000), ("1.5 M", 1_500_000), ("900", 900), (900, 900)],
)
def test_calls_are_read_as_people_write_them(told: object, calls: int) -> None:
    assert Need.model_validate({"calls_per_month": told}).calls_per_month == calls


@pytest.mark.parametrize("told", ["few", "0.5", "1,00", "30 a day", "-5"])
def test_no_number_of_calls_is_guessed(told: str) -> None:
    with pytest.raises(ValidationError):
        Need.model_validate({"calls_per_month": told})


def test_one_word_is_a_list_of_it() -> None:
    assert Need.model_validate({"wrong": "style"}).wrong == ("style",)


def test_a_need_on_one_line_is_left_to_its_owner(project: Project) -> None:
    path = project.folder / "rungwise.yaml"
    path.write_text(f"{text(project)}need: {{wrong: [style]}}\n", encoding="utf-8")
    before = text(project)
    with pytest.raises(TaskError, match=r"Write it yourself: `\{?need"):
        Project(project.folder).state_need(calls_per_month=7)
    assert text(project) == before


@pytest.mark.parametrize(("now", "remains"), [("hold", False), ("pass", True)])
def test_another_need_brings_back_what_it_had_held(
    project: Project, monkeypatch: pytest.MonkeyPatch, now: Ruling, remains: bool
) -> None:
    workspace = project._workspace
    skipped = {
        "lora": "Gate tuning_earned: 200 calls a month are few.",
        "full": "Gate full_tuning_justified: say why it is worth it.",
    }
    earned = Verdict("tuning_earned", "R4", now, "by the need that is stated now")
    state = replace(workspace.state, skipped=skipped, verdicts={"tuning_earned": earned})
    monkeypatch.setattr(type(workspace), "state", state)
    assert ("lora" in remaining(workspace)) == remains
    assert "full" not in remaining(workspace)


def test_it_is_asked_at_a_terminal_and_nowhere_else(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(project.folder)
    silent = CliRunner().invoke(application, ["climb", "-C", folder, "--rung", "nothing"])
    assert "need:" not in text(project) and "What is wrong" not in silent.output
    monkeypatch.setattr("rungwise.cli.ask_need.at_terminal", lambda: True)
    asked = ["climb", "-C", folder, "--rung", "nothing"]
    CliRunner().invoke(application, asked, input="styel\nstyle, cost\n40000\nnever\n")
    need = load(project.folder / "rungwise.yaml").need
    assert (need.wrong, need.calls_per_month, need.knowledge_changes) == (
        ("style", "cost"), 40_000, "never",
    )  # fmt: skip
    again = CliRunner().invoke(application, asked)
    assert "What is wrong" not in again.output
