"""A refusal names files as they can be opened from where the user stands; `check` names all."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.small_task import GOAL, rows, write
from tests.test_work_is_shown import Seen
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli import output
from rungwise.cli.application import application
from rungwise.cli.heartbeat import Heartbeat
from rungwise.workflow.typed_command import below_folder, opened_from_here


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


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("3 of 9 answers are in {}/asked/a.jsonl already", "3 of 9 answers are in asked/a.jsonl "
         "already"),
        ("'{}/my rows.csv' has 3 rows.", "'my rows.csv' has 3 rows."),
        ("{}/a.csv and {}/b.csv", "a.csv and b.csv"),
        ("No ledger vouches for {}: it", "No ledger vouches for {}: it"),
        ("{}-old/a.csv, /elsewhere{}/a.csv", "{}-old/a.csv, /elsewhere{}/a.csv"),
        ("Next: `rungwise review {}/a.csv`", "Next: `rungwise review {}/a.csv`"),
    ],
)  # fmt: skip
def test_progress_names_files_as_the_task_does(tmp_path: Path, message: str, said: str) -> None:
    seen = Seen()
    folder = tmp_path / "task"
    token = output.folder.set(folder)
    try:
        with Heartbeat(seen, "rungwise run", interval=60) as shown:
            shown.say(message.replace("{}", str(folder)))
            list(shown.over([1], message.replace("{}", str(folder))))
    finally:
        output.folder.reset(token)
    expected = said.replace("{}", str(folder))
    assert below_folder(message.replace("{}", str(folder)), folder) == expected
    shown_as = expected.replace("review", f"review -C {folder}")
    assert [*seen.said, *seen.titles] == [shown_as, shown_as]


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
