"""Commands in messages run where they are printed, and what status shows is about this split."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import GOAL, rows, write
from typer.testing import CliRunner, Result

from rungwise import Project
from rungwise.cli.application import application
from rungwise.cli.summary import said
from rungwise.ledger.kinds import KINDS
from rungwise.progress import Silent
from rungwise.workflow.typed_command import located, typed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A task whose folder needs quotes; the user stands beside it."""
    monkeypatch.chdir(tmp_path)
    shouted = [(t, label.upper() if n % 40 == 0 else label) for n, (t, label) in enumerate(rows())]
    Project.init("my task", data=write(tmp_path / "requests.csv", shouted), goal=GOAL)
    return tmp_path / "my task"


class Heard(Silent):
    """Progress that keeps what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application, list(arguments))


def shown(result: Result) -> str:
    return f"{result.output}\n{result.exception or ''}"


def commands(text: str) -> list[list[str]]:
    """Every command that a text names."""
    quoted = re.findall(r"`(rungwise [^`]+)`", text)
    return [shlex.split(one) for one in (*quoted, *re.findall(r"Next: (rungwise .*)", text))]


def test_a_refusal_before_the_split_names_what_runs(folder: Path) -> None:
    told = commands(shown(run("audit", "-C", "my task")))
    assert ["rungwise", "split", "-C", "my task"] in told
    for command in told:
        assert run(*command[1:]).exit_code == 0


@pytest.mark.parametrize("verb", ["audit", "curate"])
def test_a_verb_without_overrides_is_never_named_with_one(folder: Path, verb: str) -> None:
    text = shown(run(verb, "-C", "my task"))
    assert "split_sealed" in text and f"{verb} --override" not in text


def test_after_the_split_no_gate_says_that_there_is_none(folder: Path) -> None:
    run("audit", "-C", "my task")
    assert run("split", "-C", "my task").exit_code == 0
    gates = {one["code"]: one for one in Project(folder).status()["gates"]}
    assert gates["split_sealed"]["verdict"] == "pass"
    assert "split_sealed" not in shown(run("checklist", "-C", "my task"))
    assert not any("not split yet" in one["reason"] for one in gates.values())


def test_curation_ends_with_a_command_that_runs_and_a_merge_is_named_one_way(
    folder: Path,
) -> None:
    run("split", "-C", "my task")
    text = shown(run("audit", "-C", "my task")) + Project(folder).status()["next"]
    assert "labels.spelling=merge" in text
    assert not re.search(r"--accept labels\.spelling(?!=merge)", text)
    merged = run("curate", "-C", "my task", "--accept", "labels.spelling=merge")
    (following,) = commands(merged.output)
    assert following == shlex.split(Project(folder).status()["next"])
    assert following[2:4] == ["-C", "my task"]


def test_the_next_step_of_a_review_is_named_once_it_has_something_to_do(folder: Path) -> None:
    run("split", "-C", "my task")
    file, train = folder / "review.csv", Project(folder)._workspace.part("train")
    ids = train["id"]
    file.write_text(f"id,decision,label,by\n{ids[0]},,,\n{ids[1]},keep,,Ada\n")
    told = run("audit", "-C", "my task", "--review", str(file)).output
    assert "1 new decision on record; 1 row of" in told and "Next: " not in told
    file.write_text(f"id,decision,label,by\n{ids[0]},drop,,Ada\n{ids[1]},keep,,Ada\n")
    for _ in range(2):  # also when the file has nothing new, but is not applied yet
        told = run("audit", "-C", "my task", "--review", str(file)).output
        *_, command = commands(told)
        assert command == ["rungwise", "curate", "-C", "my task", "--reviewed"]
    assert run(*command[1:]).exit_code == 0
    assert "1 decision from review.csv" in run("log", "-C", "my task").output


def test_a_new_split_says_what_was_curated_and_how_it_is_applied_again(folder: Path) -> None:
    run("split", "-C", "my task")
    run("audit", "-C", "my task")
    run("curate", "-C", "my task", "--accept", "labels.spelling=merge")
    file = folder / "rungwise.yaml"
    file.write_text(file.read_text() + "policy:\n  seed: 7\n")
    progress = Heard()
    Project(folder, progress=progress).split()
    (told,) = (one for one in progress.said if "curation" in one)
    assert "(labels.spelling)" in told
    named = commands(told)
    assert [one[1] for one in named] == ["audit", "curate"]
    for command in named:
        assert run(*command[1:]).exit_code in (0, 3)
    assert Project(folder)._workspace.state.curation is not None


def test_commands_in_messages_get_the_folder_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here, there = tmp_path, tmp_path / "it's"
    message = "Run `rungwise audit --review FILE`, or `rungwise init`. See `rungwise.yaml`."
    assert located(message, here) == message
    once = located(message, there)
    assert once.startswith("Run `rungwise audit -C '") and once.count("-C") == 1
    assert located(once, there) == once
    assert shlex.split(typed(there, "run")) == ["rungwise", "run", "-C", "it's"]
    process = "written by `rungwise run` of process 7"
    assert located(process, there) == process


def test_every_kind_of_entry_says_something() -> None:
    review = {"data": "d", "source": "review.csv", "decisions": {"a": {}}}
    ratings = {"data": "d", "source": "sample.csv", "ratings": {"a": {}, "b": {}}}
    assert said("review", review) == "1 decision from review.csv"
    assert said("ratings", ratings) == "2 blind ratings from sample.csv"
    assert said("diagnosis", {"attempt": "a" * 64, "findings": []}).endswith(": nothing found")
    assert "own.py" in said("trust", {"file": "own.py", "digest": "0" * 64})
    from rungwise.cli.summary import SAID

    assert set(SAID) == set(KINDS)


def test_a_merge_holds_for_what_people_said_before_it(folder: Path) -> None:
    """A reviewer and a blind labeller wrote REFUND; the merge made it refund for everybody."""
    run("split", "-C", "my task")
    project = Project(folder)
    train = project._workspace.part("train")
    access = train.filter(pl.col("expected") == "access")["id"][0]
    refund = train.filter(pl.col("expected") == "refund")["id"][0]
    review, sample = folder / "review.csv", folder / "sample.csv"
    review.write_text(f"id,decision,label,by\n{access},relabel,REFUND,Ada\n")
    sample.write_text(f"id,input,label,by\n{refund},,REFUND,Ada\n")
    project.review(review)
    project.review(sample)
    project.audit()
    project.curate(accept=["labels.spelling=merge"])
    (finding,) = (one for one in project.audit() if one.code == "label_sample")
    assert (finding.numbers["rated"], finding.numbers["differ"]) == (1, 0)
    project.curate(reviewed=True)
    labels = dict(project._workspace.part("train").select("id", "expected").iter_rows())
    assert labels[access] == "refund"


def test_what_is_said_on_the_way_names_the_folder_too(folder: Path) -> None:
    run("split", "-C", "my task")
    told = commands(shown(run("audit", "-C", "my task")))
    assert told and all(one[2:4] == ["-C", "my task"] for one in told)
    text = [(text, "") if n < 3 else (text, label) for n, (text, label) in enumerate(rows())]
    goal = ("--goal", GOAL)
    data = str(write(folder.parent / "few.csv", text))
    made = shown(run("init", "my other", "--data", data, *goal))
    assert "3 rows cannot be used; `rungwise split -C 'my other'` tells why" in made
