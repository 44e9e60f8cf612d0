"""No value reaches the ledger, the guideline, the report or an error message."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import GOAL, rows, write

from rungwise import Project
from rungwise.cli import main
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
    project.audit()
    project.climb(rungs=["majority"])
    found = {finding.code: finding for finding in project.audit()}
    assert {"personal.email", "personal.card"} <= set(found)
    assert found["personal.card"].severity == "block"
    ledger = (project.folder / ".rungwise" / "ledger.db").read_bytes()
    assert all(value.encode() not in ledger for value in VALUES)


def test_the_guideline_quotes_texts_without_values(project: Project) -> None:
    page = (project.folder / "GUIDELINE.md").read_text(encoding="utf-8")
    assert all(value not in page for value in VALUES)
    assert "EMAIL" in page or "CARD" in page


def test_the_worst_errors_are_shown_without_values() -> None:
    ids = pl.Series(["1"])
    texts = pl.DataFrame({"id": ids, "input": [f"to {VALUES[0]}"], "expected": ["a"]})
    (worst,) = worst_answers(texts, Predictions(ids, pl.Series(["b"]), None, ("a", "b")), 5)
    assert worst.input == "to <EMAIL>"


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
