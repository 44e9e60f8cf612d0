"""No value reaches the ledger, the guideline, the report or an error message."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import GOAL, rows, write

from rungwise import Project
from rungwise.cli import main
from rungwise.data.personal.redactor import Redactor
from rungwise.reporting.worst import worst_answers
from rungwise.table import Predictions

VALUES = ("jane.roe@example.org", "4111 1111 1111 1111")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A task in which every text holds a value, and two labels disagree about one text."""
    folder = tmp_path_factory.mktemp("personal")
    content = [(f"{text} {VALUES[place % 2]}", label) for place, (text, label) in enumerate(rows())]
    project = Project.init(folder / "t", data=write(folder / "a.csv", content), goal=GOAL)
    project.split()
    return project


def test_findings_point_at_values_and_do_not_quote_them(project: Project) -> None:
    found = {finding.code: finding for finding in project.audit()}
    assert {"personal.email", "personal.card"} <= set(found)
    assert found["personal.card"].severity == "block"
    ledger = (project.folder / ".rungwise" / "ledger.db").read_bytes()
    assert all(value.encode() not in ledger for value in VALUES)


def test_the_guideline_quotes_texts_without_values(project: Project) -> None:
    path = project.folder / "GUIDELINE.md"
    project.audit()
    page = path.read_text(encoding="utf-8")
    assert all(value not in page for value in VALUES)
    assert "EMAIL" in page or "CARD" in page


def test_the_worst_errors_are_shown_without_values() -> None:
    ids = pl.Series(["1"])
    texts = pl.DataFrame({"id": ids, "input": [f"to {VALUES[0]}"], "expected": ["a"]})
    answers = Predictions(ids, pl.Series(["b"]), None, ("a", "b"))
    (worst,) = worst_answers(texts, answers, 5, Redactor())
    assert worst.input == "to <EMAIL>"


def test_ids_that_are_addresses_are_said_and_no_report_shows_them(tmp_path: Path) -> None:
    texts = pl.DataFrame(rows(), ["text", "label"], orient="row").with_row_index("number")
    ids = pl.format("user{}@example.org", "number")
    texts.select(ids.alias("user"), "text", "label").write_csv(tmp_path / "a.csv")
    made = Project.init(tmp_path / "t", data=tmp_path / "a.csv", goal=GOAL, columns={"id": "user"})
    said = [one for one in made.split().assumptions if "ids" in one]
    assert [one.split(":")[0] for one in said] == ["540 ids of ../a.csv hold e-mail addresses"]
    made.audit()
    made.climb(rungs=["majority"])
    page = made.report().read_text(encoding="utf-8")
    assert "@example.org" not in page
    assert "&lt;EMAIL&gt;" in page
    assert made.provenance("user7@example.org").line == 9


def test_an_error_message_does_not_quote_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write(tmp_path / "a.csv", [(f"text {n}", VALUES[0]) for n in range(9)])
    monkeypatch.setattr(
        sys, "argv", ["rungwise", "init", str(tmp_path / "t"), "--data", str(data), "--goal", GOAL]
    )
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr().err
    assert "<EMAIL>" in said and VALUES[0] not in said
