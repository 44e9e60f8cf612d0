"""What an attempt will take: said before, kept, compared after, planned, and held to a budget."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.constructed import attempt, curve, measured
from tests.small_language import write_language_model
from tests.test_language_ladder import asked
from typer.testing import CliRunner

from rungwise import Project
from rungwise.attempt_forecast import Forecast
from rungwise.cli import ask_hours
from rungwise.cli.application import application
from rungwise.decisions.forecast import Speed, correction, error, of_tokens, of_what_was_done
from rungwise.errors import BudgetSpent
from rungwise.progress import Silent
from rungwise.task import parse
from rungwise.training.language import expected_work
from rungwise.training.language.expected_work import Sizes
from rungwise.workflow import forecast
from rungwise.workflow.hours import keep_within

FOUND = Sizes(system=100.0, question=10.0, answer=20.0, longest=50, expected=30.0, prompts=())
SHOT = 10.0 + 20.0 + 4.0  # a question, its answer, and what the template puts between


class Heard(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_language_model(tmp_path_factory.mktemp("language") / "small")


@pytest.fixture(autouse=True)
def every_forecast_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "SAID", 0.0)


@pytest.fixture
def project(folder: Path, tmp_path: Path) -> Iterator[Project]:
    made = asked(folder, tmp_path)
    made.split()
    made.audit()
    yield made


def context_of(project: Project) -> object:
    from rungwise.workflow.rung_context import rung_context

    return rung_context(project._workspace)


@pytest.mark.parametrize(
    ("configuration", "read", "written"),
    [
        # the instruction is read once, each question by itself; nothing says when to end
        ({"prompt": 0}, 100 + 40 * 10, 40 * 50),
        # four examples are read once
        ({"prompt": 0, "selection": "random", "shots": 4}, 100 + 4 * SHOT + 40 * 10, 40 * 20),
        # four of its own before each question
        ({"prompt": 0, "selection": "nearest", "shots": 4}, 100 + 40 * (10 + 4 * SHOT), 40 * 20),
    ],
)
def test_tokens_of_a_question_are_counted_as_they_are_read(
    configuration: dict[str, object], read: float, written: float, project: Project
) -> None:
    work = expected_work.asking(FOUND, configuration, 40, context_of(project), ())  # type: ignore[arg-type]
    assert (work.read, work.written) == (read, written)


def test_a_second_rate_reads_nothing_once_more(project: Project) -> None:
    about = context_of(project)
    done = [attempt("lora", measured(0.5))]
    told = (FOUND, {"layers": 1}, (320, 40), 4, about)
    first, second = (expected_work.training(*told, one) for one in ((), done))  # type: ignore[arg-type]
    once = (320 + 40) * 130 * 3 / 4  # three of four blocks lie below
    compared = 2 * 16 * 130 * (3 + 2 / 4)  # two steps in full, and two of a block of four
    assert first.read - second.read == pytest.approx(once + compared + 2 * 2_500)
    assert first.epochs == 1 and first.of_epochs == second.of_epochs


def test_an_attempt_corrects_the_speed_and_not_the_tokens() -> None:
    numbers = {"kind": "asks", "read": 1_000, "written": 500, "read_rate": 100.0,
               "write_rate": 50.0, "epochs": 0}  # fmt: skip
    assert of_tokens(1_000, 500, Speed(100.0, 50.0)) == 20.0
    assert of_tokens(1_000, 500, Speed(100.0, 50.0, 0.1), steps=30) == 23.0
    done = attempt("majority", measured(0.5), seconds=28.0, details={"output_tokens": 200})
    made = {done.id: Forecast("split-1", done.id, "majority", 20.0, None, numbers)}
    # 1,000 read and 200 written should have taken 14 s
    assert correction([done], made, "asks", done.model) == pytest.approx(2.0)
    assert correction([done], made, "trains", done.model) == pytest.approx(2.0)
    assert correction([done], made, "asks", "another") == 1.0
    assert correction([], {}, "asks", "") == 1.0
    assert error(30.0, 21.0) == pytest.approx(0.3)


def test_epochs_that_were_not_trained_are_not_expected() -> None:
    numbers = {"kind": "trains", "read": 3_500, "written": 0, "read_rate": 100.0,
               "write_rate": 50.0, "epochs": 3, "epoch_seconds": 10.0}  # fmt: skip
    done = attempt("lora", measured(0.5), seconds=15.0, curve=curve([1.0], [1.0]))
    made = {done.id: Forecast("split-1", done.id, "lora", 35.0, None, numbers)}
    assert correction([done], made, "trains", done.model) == pytest.approx(1.0)


def test_a_rate_that_was_stopped_is_compared_by_the_epochs_that_it_trained() -> None:
    numbers = {"epochs": 3, "epoch_seconds": 10.0, "correction": 1.5}
    done = attempt("lora", measured(0.5), seconds=24.0, curve=curve([1.0], [1.0]))
    made = Forecast("split-1", done.id, "lora", 55.0, None, numbers)
    assert of_what_was_done(made, done) == 55.0 - 2 * 15.0
    whole = attempt("lora", measured(0.5), curve=curve([3.0, 2.0, 1.0], [3.0, 2.0, 1.0]))
    assert of_what_was_done(made, whole) == 55.0


def test_steps_count_beside_tokens_and_a_pilot_beside_the_rows(project: Project) -> None:
    about = context_of(project)
    asked = FOUND.__class__(100.0, 10.0, 20.0, 50, 30.0, ((1, 2),))
    free = about.task.generation.model_copy(update={"max_tokens": None})  # type: ignore[attr-defined]
    told = about.task.model_copy(update={"generation": free})  # type: ignore[attr-defined]
    about = replace(about, task=told)  # type: ignore[type-var]
    alone, before = (
        expected_work.asking(asked, {"prompt": 0}, 40, about, (), 90.0, piloted=piloted)  # type: ignore[arg-type]
        for piloted in (True, False)
    )
    # 256 tokens of room for 40 rows, and 20 of them before that; 90 tokens each as in the probe
    assert (alone.steps, alone.written) == (256, 40 * 90)
    assert (before.steps, before.written) == (2 * 256, 60 * 90)
    assert before.read == 100 + 40 * 10 + 100 + 20 * 10


def test_every_attempt_is_forecast_before_and_compared_after(project: Project) -> None:
    heard = Heard()
    project._workspace.progress = heard
    project.climb(rungs=["prompt", "few_shot"], everything=True)
    kinds = [(entry.kind, entry.payload) for entry in project.log()]
    attempts = [place for place, (kind, _) in enumerate(kinds) if kind == "attempt"]
    assert len(attempts) >= 4
    for place in attempts:
        before = [payload for kind, payload in kinds[:place] if kind == "forecast"]
        assert before[-1]["attempt"] == kinds[place][1]["id"], "a forecast stands before it"
        assert before[-1]["seconds"] > 0 and before[-1]["numbers"]["read"] > 0
    assert sum("tokens a second here" in one for one in heard.said) == 1, "speed is measured once"
    assert sum("Forecast: " in one for one in heard.said) == len(attempts)
    lines = [one for one in heard.said if " forecast, " in one]
    assert len(lines) == len(attempts) and all(" off)" in one for one in lines)
    nearest = [p for k, p in kinds if k == "forecast" and p["rung"] == "few_shot"][-1]
    said = [one.details for one in project.attempts() if one.rung == "few_shot"][-1]
    shared = len(said["system"]) + 4  # a letter is a token, and 20 rows begin alike
    read = said["prompt_tokens"] - 19 * shared
    assert nearest["numbers"]["read"] == pytest.approx(read, rel=0.15)


def test_a_plan_tries_nothing(project: Project) -> None:
    told = CliRunner().invoke(application, ["climb", "--plan", "--json", "-C", str(project.folder)])
    planned = {one["rung"]: one for one in json.loads(told.output)["rungs"]}
    assert project.attempts() == ()
    assert planned["few_shot"]["attempts"] == 3 and planned["few_shot"]["seconds"] > 0
    assert planned["lora"]["attempts"] >= 3 and "Gate " in planned["lora"]["reason"]
    shown = CliRunner().invoke(application, ["climb", "--plan", "-C", str(project.folder)])
    assert shown.exit_code == 0 and "Nothing was tried." in shown.output
    project.climb(rungs=["few_shot"], everything=True)
    assert "few_shot" not in {one.rung for one in project.plan()}, "what is done is not planned"


def test_the_plan_of_a_classifier_says_what_is_not_known(tmp_path: Path, encoder: str) -> None:
    from tests.small_task import GOAL, write

    made = Project.init(
        tmp_path / "task", data=write(tmp_path / "requests.csv"), goal=GOAL, models=[encoder]
    )
    made.split()
    assert {one.seconds for one in made.plan()} == {None}
    made.audit()
    made.climb(rungs=("majority", "frozen"), everything=True)
    planned = {one.rung: one for one in made.plan()}
    assert planned["nearest"].seconds is not None
    assert planned["unfreeze"].attempts > 3 and planned["unfreeze"].seconds is not None


def test_a_climb_stops_before_the_attempt_that_would_exceed_the_budget(project: Project) -> None:
    project.climb(rungs=["prompt"], everything=True)
    tried = len(project.attempts())
    command = ["climb", "--rung", "few_shot", "-C", str(project.folder), "--set"]
    stopped = CliRunner().invoke(application, [*command, "budget.hours=0.0000001"])
    assert isinstance(stopped.exception, BudgetSpent) and stopped.exception.exit_code == 3
    said = str(stopped.exception)
    assert said.startswith("Rung few_shot takes about ") and "`budget.hours`" in said
    assert "--set budget.hours=" in said
    assert len(Project(project.folder).attempts()) == tried
    assert CliRunner().invoke(application, [*command, "budget.hours=1"]).exit_code == 0
    assert len(Project(project.folder).attempts()) > tried


@pytest.mark.parametrize("hours", [2.0, None])
def test_hours_are_asked_for_once_before_what_takes_long(
    hours: float | None, project: Project
) -> None:
    questions: list[str] = []
    heard = Heard()
    project._workspace.progress = heard
    project._workspace.settings = ("policy.ask_above_minutes=0",)
    project._workspace.__dict__.pop("task", None)
    project.climb(rungs=["prompt"], everything=True)  # nobody can answer
    said = [one for one in heard.said if "policy.ask_above_minutes" in one]
    assert len(said) == 1 and "--set budget.hours=" in said[0]

    def answer(told: str) -> float | None:
        questions.append(told)
        return hours

    project.watch(hours=answer)
    project.climb(rungs=["few_shot"], everything=True)
    assert len(questions) == 1 and questions[0].startswith("few_shot takes about ")
    written = (project.folder / "rungwise.yaml").read_text(encoding="utf-8")
    assert f"  hours: {json.dumps(hours)}" in written.splitlines()
    keep_within(project._workspace, "lora", None, 9_999.0)
    assert len(questions) == 1, "no limit is an answer too"


def test_a_number_of_hours_is_read_as_people_write_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["soon", "-1", "inf", "1,5", ""])
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    assert ask_hours._hours("lora takes about 2 h") == 1.5
    assert ask_hours._hours("lora takes about 2 h") is None


def test_answers_are_shown_as_they_come(project: Project) -> None:
    heard = Heard()
    project._workspace.progress = heard
    project.watch(answers=2)
    project.climb(rungs=["few_shot"], everything=True)
    shown = [one for one in heard.said if " → " in one]
    assert len(shown) == 2 * len(project.attempts())
    assert all("please” → “" in one and "not “{" in one for one in shown)
    first = next(place for place, one in enumerate(heard.said) if " → " in one)
    ended = next(place for place, one in enumerate(heard.said) if " forecast, " in one)
    assert first < ended


def test_a_budget_is_a_positive_number_of_hours(project: Project) -> None:
    task = project._workspace.task.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    with pytest.raises(Exception, match="hours"):
        parse({**task, "budget": {"hours": -1}})
