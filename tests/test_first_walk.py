"""What a first walk with a messy export found: true sentences, and numbers of the right rows."""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.constructed import attempt, measured
from tests.small_encoder import write_encoder
from typer.testing import CliRunner, Result

from rungwise import Project
from rungwise.cli.application import application
from rungwise.cost.call import call_cost
from rungwise.cost.prices import load
from rungwise.data.missing import said_of_words
from rungwise.evaluation.lagging import lags
from rungwise.need import Cost
from rungwise.progress import Silent
from rungwise.records import Measurement
from rungwise.reporting.guideline import guideline, without_blank

HEADER = ["text", "label"]
GOAL = "Sort mails into two classes with at least 60 percent accuracy"


def write(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def mails(count: int = 60) -> list[tuple[str, str]]:
    made = [
        (f"please return the money for item {n}", "refund") if n % 2
        else (f"where is the parcel with item {n}", "delivery")
        for n in range(count)
    ]  # fmt: skip
    return [*made, *((f"item {n} again", "n/a") for n in range(5))]


@pytest.mark.parametrize(
    ("details", "seconds"),
    [
        ({"answer_seconds": 3.0, "rows": 500}, 0.03),  # the linear rung counts what it learnt from
        ({"answer_seconds": 3.0}, 0.03),
        ({"answer_seconds": 3.0, "rows": 300, "prompt_tokens": 1, "output_tokens": 1}, 0.01),
    ],
)
def test_a_call_takes_its_share_of_the_rows_that_were_answered(
    details: dict[str, float], seconds: float
) -> None:
    evidence = replace(attempt("linear", measured(0.8, rows=100)), details=details)
    assert call_cost(evidence, Cost(), load()).seconds == pytest.approx(seconds)


@pytest.mark.parametrize(("rows", "lag"), [(1, {}), (4, {}), (20, {"b": 0.9})])
def test_of_a_class_with_few_rows_no_recall_is_compared(rows: int, lag: dict[str, float]) -> None:
    recalls = [
        Measurement("recall[a]", 0.9, 0.8, 0.95, 100, "validation", 0.95),
        Measurement("recall[b]", 0.0, 0.0, 0.3, rows, "validation", 0.95),
    ]
    assert lags(recalls, 0.2) == lag


def test_labels_whose_rows_were_dropped_are_not_said_to_be_in_the_test_part(
    tmp_path: Path,
) -> None:
    data = write(tmp_path / "a.csv", mails(), ["text", "label"])
    made = Project.init(tmp_path / "task", data=data, goal=GOAL)
    made.split()
    found = {one.code: one for one in made.audit()}
    assert "accept labels.placeholder" in found["labels.placeholder"].advice
    made.curate(accept=["labels.placeholder"])
    left = [one for one in made.audit() if one.code == "labels.placeholder"]
    assert all("test part" not in one.title for one in left)


def test_the_parts_of_one_label_are_its_parts(tmp_path: Path) -> None:
    rows = [*mails(), ("both of it", "refund, delivery")]
    data = write(tmp_path / "a.csv", rows, ["text", "label"])
    made = Project.init(tmp_path / "task", data=data, goal=GOAL)
    made.split()
    titles = [one.title for one in made.audit() if one.code == "labels.several"]
    assert all("and its parts are classes too" in title for title in titles)


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("walk")
    data = write(folder / "a.csv", mails(120), ["text", "label"])
    model = str(write_encoder(folder / "encoder"))
    made = Project.init(folder / "task", data=data, goal=GOAL, models=[model])
    made.run()
    made.test()
    return made


def test_embedding_is_a_part_of_what_an_answer_takes(tested: Project) -> None:
    """The measured rows are embedded once for all rungs; a call embeds its text each time."""
    took = {one.rung: one.details["answer_seconds"] / one.goal.rows for one in tested.attempts()}
    assert took["nearest"] > 10 * took["majority"]


def test_after_a_look_nobody_says_that_the_test_part_was_not_opened(tested: Project) -> None:
    tested.audit()
    tested.curate(accept=["labels.placeholder"])
    told = {one["code"]: one["reason"] for one in tested.status()["gates"]}
    assert told["test_confirms"].startswith("The test part was opened once, and not for")
    assert "opened once" in told["test_once"]


def test_sections_of_merged_labels_go_unless_somebody_wrote_into_them() -> None:
    page = guideline("Route", {"Refund": ["a"], "refund": ["b"], "REFUND": []})
    left = without_blank(page, ["refund", "REFUND"])
    assert "## Refund\n" in left and "## refund" not in left and "## REFUND" not in left
    assert left.strip() == guideline("Route", {"Refund": ["a"]}).strip()
    edited = page.replace("## refund\n\n**Means:** …", "## refund\n\n**Means:** money back")
    assert "money back" in without_blank(edited, ["refund"])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


def test_answers_go_to_a_file_and_it_is_said(
    tested: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next command writes a file; a text on the terminal would show every row."""
    data, model = write(tmp_path / "a.csv", mails(120), HEADER), write_encoder(tmp_path / "encoder")
    made = Project.init(tmp_path / "task", data=data, goal=GOAL, models=[str(model)])
    made.run()
    made.test()
    made.ship(confirm_monitoring="Ada")
    following = made.status()["next"]
    assert following.endswith("-o answers.csv")
    monkeypatch.chdir(tmp_path)
    done = run(*shlex.split(following)[1:])
    assert done.exit_code == 0 and not done.stdout
    assert "answers.csv has 125 rows." in done.stderr
    with Path("answers.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 125


@pytest.mark.parametrize("encoding", ["utf-16-le", "no-such"])
def test_a_wrong_encoding_is_called_by_the_option_that_was_given(
    encoding: str, tmp_path: Path
) -> None:
    data = tmp_path / "a.csv"
    data.write_bytes("text,label\nGrüße,a\nÄpfel,b\n".encode("cp1252"))
    done = run("init", str(tmp_path / "task"), "--data", str(data), "--goal", GOAL,
               "--encoding", encoding)  # fmt: skip
    assert done.exit_code == 1
    if encoding == "no-such":
        assert "--encoding" in str(done.exception)


def test_where_there_is_no_task_predict_says_so(tmp_path: Path) -> None:
    done = run("predict", "-C", str(tmp_path), "--text", "hello")
    assert "no task folder" in str(done.exception) and "ship" not in str(done.exception)


def test_rows_are_shown_with_their_labels(tmp_path: Path) -> None:
    rows = [*mails(), *((f"please return the money for item {n}", "delivery") for n in (1, 3, 5))]
    data = write(tmp_path / "a.csv", rows, ["text", "label"])
    made = Project.init(tmp_path / "task", data=data, goal=GOAL)
    made.split()
    made.audit()
    told = run("audit", "-C", str(made.folder), "--show", "conflicts").stdout
    assert "labelled 'refund'" in told and "labelled 'delivery'" in told
    done = run("curate", "-C", str(made.folder), "--accept", "labels.placeholder")
    assert re.search(r"  drop \d+ rows? \(labels.placeholder\)", done.stdout)


def test_rows_that_cannot_be_used_are_counted_by_kind(tmp_path: Path) -> None:
    rows = [(str(n), *row) for n, row in enumerate(mails())]
    rows += [("1", "again", "refund"), ("2", "again", "refund"), ("3", "once more", "")]
    data = write(tmp_path / "a.csv", rows, ["id", "text", "label"])
    made = Project.init(tmp_path / "task", data=data, goal=GOAL, columns={"id": "id"})
    told = [
        one for one in run("check", "-C", str(made.folder)).stdout.splitlines() if "used" in one
    ]
    assert sorted(told) == [
        "  1 row cannot be used: no label",
        "  2 rows cannot be used: duplicate id",
    ]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["n/a", "n/a", "x"], "'n/a' (2 rows) is taken as no group"),
        (["n/a", "nan", "nan", "x"], "'nan' (2 rows), 'n/a' (1 row) are taken as no group"),
    ],
)
def test_missing_words_are_counted(cells: list[str], said: str) -> None:
    (told,) = said_of_words(pl.Series("customer", cells), "a.csv", "group")
    assert told.endswith(said)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("write to ann@example.org", "refund")], "1 input holds e-mail addresses"),
        ([("use 4111 1111 1111 1111 please", "refund")], "1 input holds payment card numbers"),
        ([("please return the money for item 1", "refund")], "1 of 66 rows repeats an earlier row"),
        ([("<br>the parcel&nbsp;is late", "delivery")], "1 of 66 rows holds"),
    ],
)
def test_one_row_is_spoken_of_in_the_singular(
    rows: list[tuple[str, str]], said: str, tmp_path: Path
) -> None:
    data = write(tmp_path / "a.csv", [*mails(), *rows], HEADER)
    made = Project.init(tmp_path / "task", data=data, goal=GOAL)
    made.split()
    titles = [one.title for one in made.audit()]
    assert any(title.startswith(said) for title in titles), titles


class Said(Silent):
    """Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, message: str) -> None:
        self.lines.append(message)


def test_words_of_people_in_a_vocabulary_are_told_before_the_test_part_is_opened(
    tmp_path: Path,
) -> None:
    rows = [(f"{text}, write to ann@example.org", label) for text, label in mails(120)]
    data, model = write(tmp_path / "a.csv", rows, HEADER), write_encoder(tmp_path / "encoder")
    said = Said()
    made = Project.init(tmp_path / "task", data=data, goal=GOAL, models=[str(model)], progress=said)
    ended = made.run()
    told = [line for line in said.lines if line.startswith("If linear is released")]
    assert ended.selected is not None
    assert len(told) == (ended.selected.rung == "linear")
    assert all(
        "personal.email=redact" in line and "before the test part is opened" in line
        for line in told
    )
