"""`run` ends in one paragraph, and the command that it names runs: quoted, and held by no gate."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.small_task import rows, write

from rungwise import Project
from rungwise.cli import main
from rungwise.decisions.needed import as_needed
from rungwise.records import Verdict

CONFIRMED = ["--confirm-monitoring", "Ada"]
GOAL = "Route customer requests to one of three teams with at least 80 percent accuracy"
Run = Callable[[list[str]], tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in this process: exit code, and what it printed."""
    monkeypatch.chdir(tmp_path)  # answers of a release are written where one stands

    def command(arguments: list[str]) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", arguments)
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0), capsys.readouterr().out
        return 0, capsys.readouterr().out

    return command


def follow(run: Run, folder: Path, most: int = 6) -> list[str]:
    """Type the next command until it stays the same; the verbs that were typed."""
    typed: list[str] = []
    for _ in range(most):
        command = Project(folder).status()["next"]
        words = shlex.split(command)
        code, shown = run(words + CONFIRMED * (words[1] == "ship"))
        # `run` ends with 3 below the target; everything else must be let through
        assert code == 0 or (words[1] in ("run", "audit") and code == 3), (command, shown)
        typed.append(words[1])
        if Project(folder).status()["next"] == command:
            break
    return typed


def test_the_way_can_be_typed_from_the_goal_to_an_answer(
    run: Run, tmp_path: Path, encoder: str
) -> None:
    (tmp_path / "it's mine").mkdir()
    data = write(tmp_path / "it's mine" / "customer requests.csv")
    folder = tmp_path / "it's mine" / "a task"
    Project.init(folder, data=data, goal=GOAL, models=[encoder])
    assert follow(run, folder) == ["run", "test", "ship", "predict"]
    view = Project(folder).status()
    shown = {gate["code"]: gate for gate in view["gates"]}
    for gate in ("tuning_earned", "full_tuning_justified", "gap_closed", "test_once"):
        assert shown[gate]["verdict"] == "not_applicable"
    assert shown["full_tuning_justified"]["reason"].startswith("Not needed: ")
    assert "current" in {one["rung"] for one in view["skipped"]}, "nothing was imported"
    code, told = run(["rungwise", "status", "-C", str(folder)])
    assert code == 0 and "skipped" not in told and "✗" not in told


def test_few_rows_are_not_sent_into_a_test_that_is_held(
    run: Run, tmp_path: Path, encoder: str
) -> None:
    folder = tmp_path / "task"
    data = write(tmp_path / "rows.csv", rows()[:40])
    Project.init(folder, data=data, goal=GOAL, models=[encoder])
    code, shown = run(["rungwise", "run", "-C", str(folder)])
    *said, last = shown.strip().splitlines()
    assert len(said) == 1 and "at least 80 % is asked" in said[0]
    going_on = Project(folder).status()["next"].split()[1] in ("test", "ship")
    assert code == (0 if "reaches the target" in said[0] and going_on else 3)
    assert last == f"Next: {Project(folder).status()['next']}"
    follow(run, folder)


def test_below_the_target_the_report_comes_next(run: Run, tmp_path: Path, encoder: str) -> None:
    noisy = [(text, "refund" if place % 2 else label) for place, (text, label) in enumerate(rows())]
    goal = GOAL.replace("80", "99.9")
    settings = ("training.epochs=1", "policy.learning_rates=1")
    Project.init(
        tmp_path / "task", data=write(tmp_path / "rows.csv", noisy[:90]), goal=goal,
        models=[encoder], settings=(*settings, "training.learning_rates=[0.0001]"),
    )  # fmt: skip
    code, shown = run(["rungwise", "run", "-C", str(tmp_path / "task")])
    assert code == 3 and "misses the target" in shown and "The likeliest way on: " in shown
    assert shlex.split(Project(tmp_path / "task").status()["next"])[1] == "report"
    assert len(shown.strip().splitlines()) == 2


HELD = Verdict("full_tuning_justified", "R64", "hold", "Say why it is worth it.")


def test_a_gate_of_a_step_that_is_over_is_not_needed() -> None:
    assert as_needed(HELD, ("full",), "", 0) == HELD
    spared = as_needed(HELD, ("full",), "linear", 0)
    assert spared.verdict == "not_applicable" and "linear" in spared.reason
    assert as_needed(HELD, ("climb", "tune", "full"), "linear", 0) == HELD
    once = Verdict("test_once", "R68", "hold", "It was opened.")
    assert as_needed(once, ("test",), "linear", 0) == once
    assert as_needed(once, ("test",), "linear", 1).verdict == "not_applicable"
    unsettled = Verdict("validation_settled", "R68", "inconclusive", "These rows do not settle it.")
    assert as_needed(unsettled, ("test",), "linear", 1) == unsettled
    answered = as_needed(unsettled, ("test",), "linear", 1, confirmed=True)
    assert answered.verdict == "not_applicable" and "the test has answered" in answered.reason
    passed = Verdict("gap_closed", "R63", "pass", "40 % are closed.")
    assert as_needed(passed, ("full",), "linear", 1) == passed
