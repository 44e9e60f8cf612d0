"""Rows of large findings lie beside the ledger, under its hash, and nothing is lost by it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import GOAL, rows, write
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import LedgerError
from rungwise.ledger.append import append
from rungwise.records import Finding, KeptRows, RowReference, Span, to_json
from rungwise.workflow.finding_rows import MOST, SHOWN, kept, whole

COPIES = 300


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """540 rows, and 300 of them once more, each beside the first of its text."""
    data = write(tmp_path / "requests.csv", [*rows(), *rows()[:COPIES]])
    made = Project.init(tmp_path / "task", data=data, goal=GOAL)
    made.split()
    return made


def found(project: Project) -> Finding:
    return next(one for one in project.audit() if one.code == "copies")


def recorded(project: Project) -> dict[str, object]:
    entry = next(one for one in project.log("audit") if one.payload["audit"] == "copies")
    told: dict[str, object] = entry.payload["findings"][0]
    return told


def test_every_row_is_listed_and_the_ledger_holds_three(project: Project) -> None:
    finding = found(project)
    lines = {int(row.line or 0) for row in finding.rows}
    # The header is line 1, so the 300 copies end the file at lines 542 to 841.
    assert lines == set(range(542, 842))
    assert all(
        row.other and int(row.other.line or 0) == int(row.line or 0) - 540 for row in finding.rows
    )
    told = recorded(project)
    assert len(told["rows"]) == SHOWN  # type: ignore[arg-type]
    assert told["count"] == COPIES
    assert told["kept"]["rows"] == COPIES  # type: ignore[index]
    assert sum(told["kept"]["parts"].values()) == COPIES  # type: ignore[index]


def test_json_lists_every_row(project: Project) -> None:
    finding = found(project)
    run = CliRunner().invoke(application, ["audit", "-C", str(project.folder), "--json"])
    told = next(one for one in json.loads(run.stdout)["findings"] if one["code"] == "copies")
    assert "kept" not in told
    assert [row["id"] for row in told["rows"]] == [row.id for row in finding.rows]
    first = told["rows"][0]
    assert set(first) == {"id", "split", "line", "other"}
    assert set(first["other"]) == {"id", "split", "line"}


def test_verify_covers_the_rows(project: Project) -> None:
    before = project.verify().objects
    found(project)
    assert project.verify().objects == before + 1
    digest = str(recorded(project)["kept"]["object"])  # type: ignore[index]
    place = project.folder / ".rungwise" / "objects" / digest[:2] / digest[2:]
    place.write_bytes(place.read_bytes()[:-1] + b"?")
    with pytest.raises(LedgerError, match=r"rows of copies .* has changed on disk"):
        project.verify()
    with pytest.raises(LedgerError, match="has changed on disk"):
        project.audit()


def test_a_finding_is_accepted_with_all_its_rows(project: Project) -> None:
    trained = [row for row in found(project).rows if row.split == "train"]
    before = project.split().rows["train"]
    curation = project.curate(accept=["copies"])
    assert curation.rows["train"] == before - len(trained)


def test_a_ledger_that_holds_all_rows_itself_is_read(project: Project) -> None:
    listed = tuple(RowReference(f"old {number}", "train", number) for number in range(MOST + 50))
    finding = to_json(Finding("copies", "warn", "as it was", "", count=len(listed), rows=listed))
    del finding["kept"]
    payload = {"data": project.split().id, "audit": "copies", "findings": [finding]}
    ledger = project._workspace.ledger
    append(ledger, "audit", {**payload, "read_sealed_inputs": True, "production": ""})
    assert found(project).rows == listed


@pytest.mark.parametrize("count", [MOST, MOST + 1])
def test_nothing_is_lost_on_the_way(project: Project, count: int) -> None:
    listed = tuple(
        RowReference(
            f"row {number}",
            "validation" if number % 2 else None,
            number if number % 3 else None,
            number / 7 if number % 5 else None,
            RowReference(f"beside {number}", "train", 3) if number % 7 else None,
            tuple(Span(start, start + 2, "email") for start in range(number % 3)),
        )
        for number in range(count)
    )
    numbers = {"rows": count, "suggested": {"row 3": "delivery", "row 9": "refund"}}
    finding = Finding("made", "info", "made up", "", "R12", count, listed, numbers)
    objects = project._workspace.objects
    small = kept(finding, objects)
    assert (small.kept is None) == (count == MOST)
    assert small.points_into("validation")
    assert not small.points_into("train")
    assert whole(small, objects) == finding


def test_the_object_is_a_plain_table(project: Project) -> None:
    finding = found(project)
    place = KeptRows(**recorded(project)["kept"])  # type: ignore[arg-type]
    stored = pl.read_parquet(project._workspace.objects.path(place.object))
    assert stored["id"].to_list() == [row.id for row in finding.rows]
    assert dict(stored["split"].value_counts().iter_rows()) == dict(place.parts)
