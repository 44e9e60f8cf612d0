"""A user's mistake gets one clear line and exit 1; nothing half-written is left behind."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.small_task import GOAL, rows, write

from rungwise.cli import main

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process: exit code and standard error."""

    def command(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["rungwise", *map(str, arguments)])
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        else:
            code = 0
        return code, capsys.readouterr().err

    return command


def refused(run: Run, *arguments: object) -> str:
    """The one line of a refusal."""
    code, said = run(*arguments)
    last = said.strip().splitlines()[-1]
    assert code == 1, said
    assert "Traceback" not in said
    assert last.startswith("rungwise: ")
    return last


def test_no_such_file(run: Run, tmp_path: Path) -> None:
    line = refused(run, "init", tmp_path / "t", "--data", tmp_path / "absent.csv", "--goal", GOAL)
    assert "absent.csv" in line
    assert not (tmp_path / "t").exists()


def test_wrong_column_names_the_columns_found(run: Run, tmp_path: Path) -> None:
    data = write(tmp_path / "a.csv")
    line = refused(run, "init", tmp_path / "t", "--data", data, "--goal", GOAL, "--label", "lable")
    assert "lable" in line and "label" in line
    assert not (tmp_path / "t").exists()


BAD_ROWS = {
    "one class": [(text, "refund") for text, _ in rows()],
    "one row a class": [("first question", "a"), ("second question", "b"), ("third", "c")],
    "all rows identical": [("the same text", "refund")] * 30,
    "all rows identical, two labels": [("the same text", "ab"[i % 2]) for i in range(30)],
    "no labels": [(text, "") for text, _ in rows()],
    "no rows": [],
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_rows_that_cannot_be_learnt_from(run: Run, tmp_path: Path, case: str) -> None:
    data = write(tmp_path / "a.csv", BAD_ROWS[case])
    refused(run, "init", tmp_path / "t", "--data", data, "--goal", GOAL)
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize(
    ("goal", "lacks"),
    [
        ("a smart classifier", "predicted"),
        ("Classify support tickets into the right team", "metric"),
        ("Classify support tickets by team, measured by accuracy", "target"),
        ("Reach 90 percent accuracy", "predicted"),
    ],
)
def test_a_vague_goal_is_refused_with_what_is_missing(
    run: Run, tmp_path: Path, goal: str, lacks: str
) -> None:
    data = write(tmp_path / "a.csv")
    line = refused(run, "init", tmp_path / "t", "--data", data, "--goal", goal)
    assert lacks in line and "Classify online-banking questions" in line


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (("--metric", "acuracy", "--min", "0.8"), "accuracy"),
        (("--metric", "accuracy", "--min", "1.5"), "1.5"),
        (("--metric", "accuracy", "--max", "0.8"), "--min"),
        (("--metric", "log_loss", "--min", "0.8"), "--max"),
        (("--metric", "recall[refnd]", "--min", "0.8"), "refund"),
        (("--metric", "accuracy", "--min", "nan"), "nan"),
        (("--metric", "accuracy", "--min", "0.8", "--model", "scratch"), "checkpoint"),
        (("--metric", "accuracy", "--min", "0.8", "--set", "training.epoch=3"), "training.epochs"),
    ],
)
def test_a_target_that_cannot_be_meant(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], fragment: str
) -> None:
    data = write(tmp_path / "a.csv")
    goal = "Route customer requests to one of three teams"
    line = refused(run, "init", tmp_path / "t", "--data", data, "--goal", goal, *arguments)
    assert fragment in line
    assert not (tmp_path / "t").exists()


def test_unknown_key_names_the_nearest_known_key(run: Run, tmp_path: Path) -> None:
    data = write(tmp_path / "a.csv")
    assert run("init", tmp_path / "t", "--data", data, "--goal", GOAL)[0] == 0
    file = tmp_path / "t" / "rungwise.yaml"
    file.write_text(file.read_text() + "trainin:\n  epochs: 3\n")
    assert "`training`" in refused(run, "run", "-C", tmp_path / "t")


def test_a_folder_without_a_task(run: Run, tmp_path: Path) -> None:
    assert "rungwise init" in refused(run, "run", "-C", tmp_path)
    assert list(tmp_path.iterdir()) == []


def model_folder(folder: Path, configuration: dict[str, object], weights: str) -> Path:
    """A folder that looks like a model."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(configuration))
    (folder / weights).write_bytes(b"\x80\x04N.")
    return folder


def test_pickle_weights_are_never_opened(run: Run, tmp_path: Path) -> None:
    model = model_folder(tmp_path / "m", {"model_type": "bert"}, "pytorch_model.bin")
    data = write(tmp_path / "a.csv")
    folder = tmp_path / "t"
    line = refused(run, "init", folder, "--data", data, "--goal", GOAL, "--model", model)
    assert "pickle" in line
    assert not folder.exists()


def test_a_model_of_another_modality(run: Run, tmp_path: Path) -> None:
    model = model_folder(tmp_path / "m", {"model_type": "vit"}, "model.safetensors")
    data = write(tmp_path / "a.csv")
    line = refused(run, "init", tmp_path / "t", "--data", data, "--goal", GOAL, "--model", model)
    assert "image" in line and "text" in line


def test_a_cell_of_ten_megabytes_is_a_broken_file(run: Run, tmp_path: Path) -> None:
    content = rows()
    content[4] = ("x" * 10_000_000, "refund")
    data = write(tmp_path / "a.csv", content)
    line = refused(run, "init", tmp_path / "t", "--data", data, "--goal", GOAL)
    assert "Line 6" in line and "10.0 MB" in line
    assert not (tmp_path / "t").exists()


def test_a_cell_above_one_megabyte_is_set_aside_with_its_line(run: Run, tmp_path: Path) -> None:
    content = rows()
    content[4] = ("x" * 2_000_000, "refund")
    data = write(tmp_path / "a.csv", content)
    assert run("init", tmp_path / "t", "--data", data, "--goal", GOAL)[0] == 0
    from rungwise import Project

    project = Project(tmp_path / "t")
    project.split()
    assert [row.line for row in project.quarantined()] == [6]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder(run: Run, tmp_path: Path) -> None:
    data = write(tmp_path / "a.csv")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    line = refused(run, "init", locked / "t", "--data", data, "--goal", GOAL)
    assert "locked" in line


def test_a_folder_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    data = write(tmp_path / "a.csv")
    (tmp_path / "file").write_text("")
    refused(run, "init", tmp_path / "file" / "t", "--data", data, "--goal", GOAL)
    assert (tmp_path / "file").read_text() == ""


def test_a_full_disk_leaves_nothing_half_written(run: Run, tmp_path: Path) -> None:
    """/dev/full refuses every byte; a ledger that lies there must end in one line."""
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    data = write(tmp_path / "a.csv")
    folder = tmp_path / "t"
    (folder).mkdir()
    (folder / "GUIDELINE.md").symlink_to("/dev/full")
    (folder / "rungwise.yaml").symlink_to("/dev/full")
    code, said = run("init", folder, "--data", data, "--goal", GOAL)
    assert code == 1
    assert "Traceback" not in said
