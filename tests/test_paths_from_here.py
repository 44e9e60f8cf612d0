"""A refusal names files as they can be opened from where the user stands; `check` names all."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.small_task import GOAL, rows, write
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.workflow.typed_command import opened_from_here


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "../data/a.csv has no column `x`; it has `text`",
            "data/a.csv has no column `x`; it has `text`",
        ),
        ("line 3 of ../data/a.csv: bad", "line 3 of data/a.csv: bad"),
        ("'../data/a.csv' and ../data/my rows.csv.", "'data/a.csv' and data/my rows.csv."),
        ("own.py is code of the task", "task/own.py is code of the task"),
        ("Run `rungwise run --trust own.py`.", "Run `rungwise run --trust own.py`."),
        ("data/a.csv is there", "data/a.csv is there"),  # as it stands
        ("../data/none.csv is not there. See v1.0", "../data/none.csv is not there. See v1.0"),
        ("The text … ends.", "The text … ends."),
        ("a." * 400 + " is long", "a." * 400 + " is long"),
    ],
)
def test_files_are_named_from_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str, said: str
) -> None:
    for name in ("data/a.csv", "data/my rows.csv", "task/own.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert opened_from_here(message, Path("task")) == said
    assert opened_from_here(message, tmp_path / "task") == said
    monkeypatch.chdir("task")
    assert opened_from_here(message, tmp_path / "task") == message


def test_a_refusal_names_a_file_that_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "exports").mkdir()
    write(tmp_path / "exports" / "a.csv", rows()[:60])
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(
        application,
        ["init", "work/task", "--data", "exports/a.csv", "--goal", GOAL, "--label", "team"],
    )
    assert shown.exit_code != 0
    assert " exports/a.csv" in f" {shown.exception}" and ".." not in str(shown.exception)


def test_check_counts_the_production_sample(tmp_path: Path) -> None:
    (tmp_path / "asked.csv").write_text("text\nwhere is it\nmy money\nhelp\n", "utf-8")
    folder = tmp_path / "task"
    Project.init(
        folder,
        data=write(tmp_path / "a.csv", rows()[:60]),
        goal=GOAL,
        settings=("data.production=../asked.csv",),
    )
    shown = CliRunner().invoke(application, ["check", "-C", str(folder)])
    assert "../asked.csv is the production sample: 3 rows can be used" in shown.output
    assert Project(folder).check()["production"] == {"source": "../asked.csv", "rows": 3}
