"""`status` of a young project: nothing red that nobody needs yet, no rung that cannot apply."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.small_task import GOAL, rows, write
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.decisions.needed import is_early
from rungwise.progress import Silent
from rungwise.records import Verdict
from rungwise.workflow.judge import remaining, untried
from rungwise.workflow.workspace import Workspace


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Defined, and not yet split."""
    folder = tmp_path_factory.mktemp("young")
    data = write(folder / "a.csv", rows()[:240])
    return Project.init(folder / "task", data=data, goal=GOAL).folder


def copy(made: Path, place: Path) -> Path:
    """The project and the file beside it."""
    shutil.copy(made.parent / "a.csv", place / "a.csv")
    return shutil.copytree(made, place / "task")


def status(folder: Path) -> str:
    """What a person reads."""
    shown = CliRunner().invoke(application, ["status", "-C", str(folder)])
    assert shown.exit_code == 0, shown.output
    return shown.output


@pytest.mark.parametrize("split", [False, True])
def test_gates_of_later_steps_are_not_yet(made: Path, tmp_path: Path, split: bool) -> None:
    project = Project(copy(made, tmp_path))
    if split:
        project.split()
        project.audit()
    told = status(project.folder)
    assert "✗" not in told
    for later in ("test_confirms", "export_matches", "validation_settled", "tuning_earned"):
        assert f"– {later}: not yet: " in told
    gates = {one["code"]: one for one in project.status()["gates"]}
    assert gates["test_confirms"]["verdict"] == "hold" and gates["test_confirms"]["early"]
    page = project.report().read_text("utf-8")
    assert 'class="mark hold"' not in page and "not yet" in page


HELD = Verdict("some_gate", "R1", "hold", "It holds.", {"value": 1})


@pytest.mark.parametrize(
    ("verdict", "before", "present", "early"),
    [
        (HELD, ("climb",), "audit", True),
        (HELD, ("climb",), "climb", False),
        (HELD, ("test",), "full", True),
        (HELD, ("ship",), "ship", False),
        (HELD, ("climb", "ship"), "test", False),  # its first step has come
        (HELD, ("test",), "released", False),
        (HELD, ("test",), "", False),  # unknown
        (HELD, (), "split", False),
        (Verdict("export_matches", "R71", "hold", "None was made.", {}), ("ship",), "ship", True),
        (Verdict("some_gate", "R1", "pass", "Fine.", {}), ("ship",), "split", False),
    ],
)
def test_a_gate_is_early_before_its_first_step(
    verdict: Verdict, before: tuple[str, ...], present: str, early: bool
) -> None:
    assert is_early(verdict, before, present) is early


@pytest.mark.parametrize("split", [False, True])
def test_rungs_that_cannot_apply_are_not_left_to_climb(
    made: Path, tmp_path: Path, split: bool
) -> None:
    project = Project(copy(made, tmp_path))
    if split:
        project.split()
    gone = {"prompt", "few_shot", "current", "rag", "rag_lora"}
    workspace = Workspace(project.folder, Silent())
    assert not gone & {*remaining(workspace), *untried(workspace)}
    assert {"majority", "linear", "frozen", "lora"} <= {*remaining(workspace)}
    assert not re.search(r"\b(prompt|few_shot)\b", status(project.folder))
    settings = tmp_path / "task" / "rungwise.yaml"
    settings.write_text(settings.read_text("utf-8") + "\nlanguage_model: rungwise/tiny\n", "utf-8")
    assert {"prompt", "few_shot"} <= {*remaining(Workspace(project.folder, Silent()))}


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("90", "The target 90 is outside accuracy, which runs from 0 to 1. Did you mean 0.9?"),
        ("9000", "which runs from 0 to 1. Choose a target from 0 to 1."),
        ("-0.5", "The target -0.5 is outside accuracy"),
    ],
)
def test_a_target_outside_is_said_and_not_shown_as_a_percentage(
    made: Path, tmp_path: Path, target: str, said: str
) -> None:
    folder = copy(made, tmp_path)
    settings = folder / "rungwise.yaml"
    settings.write_text(re.sub(r"target: .*", f"target: {target}", settings.read_text("utf-8")))
    (line,) = (line for line in status(folder).splitlines() if line.startswith("Target"))
    assert said in line and "%" not in line
    refused = CliRunner().invoke(application, ["check", "-C", str(folder)])
    assert refused.exit_code != 0


def test_what_set_gave_is_no_edit_of_the_file(made: Path, tmp_path: Path) -> None:
    """It says so until the file has it, or says something else."""
    folder = copy(made, tmp_path)
    file = folder / "rungwise.yaml"
    Project(folder, settings=("policy.go_rows=60", "policy.too_good=0.02")).split()
    told = status(folder)
    assert "last read with `--set policy.go_rows=60` and `--set policy.too_good=0.02`" in told
    assert "has changed" not in told
    assert Project(folder).status()["edited"] and "--set" in Project(folder).status()["set"]
    assert "Write it there" in Project(folder).direction().reason
    before = file.read_text()
    file.write_text(before + "policy:\n  go_rows: 60\n  too_good: 0.02\n")
    assert "--set" not in status(folder) and not Project(folder).status()["edited"]
    file.write_text(before.replace("80 percent", "85 percent"))
    assert "rungwise.yaml has changed" in status(folder)
    file.write_text(before)
    Project(folder).split()  # read without it
    assert "--set" not in status(folder)
