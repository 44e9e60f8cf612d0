"""`monitor import`: a log of somebody else's server fills the sample, and outcomes join by id."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import InputError

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def task(shipped: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped, tmp_path / "task"))


def log(path: Path, count: int, **columns: list[str]) -> Path:
    """A log of requests; `columns` replace or add some, and an empty list takes one out."""
    content = {
        "id": [f"q{number}" for number in range(count)],
        "time": [NOW.isoformat()] * count,
        "input": [f"refund order {number}, ada@example.com" for number in range(count)],
        "answer": ["refund"] * count,
        "version": ["v1.0"] * count,
    } | columns
    content = {name: cells for name, cells in content.items() if cells}
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(content)
        writer.writerows(zip(*content.values(), strict=True))
    return path


def run(task: Path, file: Path, *arguments: str) -> Result:
    words = ["monitor", "import", str(file), "-C", str(task), *arguments]
    return CliRunner().invoke(application, words)


def test_a_log_fills_the_sample_as_the_server_would(task: Path, tmp_path: Path) -> None:
    result = run(task, log(tmp_path / "log.csv", 30))
    assert result.exit_code == 0, result.output
    assert "30 requests of log.csv: 30 new in the sample, redacted." in result.output
    rows = Project(task).sample().rows
    assert rows["text"][4] == "refund order 4, <EMAIL>"
    assert rows["time"][0] == NOW
    assert rows["embedding"].null_count() == 0  # by the encoder of the release
    assert set(rows["source"]) == {"import"}
    assert Project(task).check_production().week.rows == 30


def test_a_log_that_has_grown_adds_only_what_is_new(task: Path, tmp_path: Path) -> None:
    first, grown = log(tmp_path / "log.csv", 30), tmp_path / "grown.csv"
    run(task, first)
    again = run(task, first)
    assert "0 new in the sample" in again.output
    assert "Already in the sample: 30 rows." in again.output
    lines = first.read_text().splitlines()
    grown.write_text("\n".join([*lines, f"q99,{NOW.isoformat()},my login fails,access,v1.0"]))
    assert "31 requests of grown.csv: 1 new in the sample" in run(task, grown).output
    assert len(Project(task).sample().rows) == 31


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_other_formats_and_names_without_ids(task: Path, tmp_path: Path, form: str) -> None:
    frame = pl.DataFrame(
        {
            "timestamp": [NOW.isoformat()] * 3,
            "Question": ["where is my desk", "where is my desk", "refund it"],
            "Predicted": ["delivery", "delivery", "refund"],
            "score": [0.9, 0.8, 0.7],
        }
    )
    path = tmp_path / f"log.{form}"
    frame.write_ndjson(path) if form == "jsonl" else frame.write_parquet(path)
    result = run(task, path, "--input", "Question")
    assert "Rows that name no release count for v1.0" in result.output
    rows = Project(task).sample().rows
    assert rows["answer"].to_list() == ["delivery", "delivery", "refund"]
    assert rows["confidence"].to_list() == pytest.approx([0.9, 0.8, 0.7])
    assert rows["id"].n_unique() == 3
    run(task, path, "--input", "Question")
    assert len(Project(task).sample().rows) == 3


def test_rows_that_cannot_be_used_are_counted(task: Path, tmp_path: Path) -> None:
    file = log(
        tmp_path / "log.csv",
        6,
        time=[NOW.isoformat(), NOW.isoformat(), NOW.isoformat(), "soon", "2199-01-01T00:00:00",
              NOW.isoformat()],
        input=["refund", "", "refund it", "refund", "refund", "refund all"],
        answer=["refund", "refund", "", "refund", "refund", "refund"],
    )  # fmt: skip
    said = run(task, file).output
    assert "6 requests of log.csv: 2 new in the sample" in said
    for reason in ("empty input", "no answer", "no time that can be read", "a time in the future"):
        assert f"1 row cannot be used: {reason}." in said


def test_outcomes_come_with_their_selection_and_are_counted(task: Path, tmp_path: Path) -> None:
    file = log(tmp_path / "log.csv", 4)
    run(task, file)
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "id,label\nq0,refund\nq1,access\nq1,refund\nelsewhere,refund\nq2,\nq3,refund\n"
    )
    with pytest.raises(InputError, match="how their rows were selected is not said"):
        Project(task).import_sample(labels)
    said = run(task, labels, "--selection", "complaints").output
    assert "5 outcomes; in all, 2 stand beside a kept request" in said
    assert "1 outcome of requests that the sample does not hold" in said
    assert "1 request with different outcomes" in said
    assert "1 row cannot be used: no id or no label." in said
    assert "1 outcome came again." not in said
    assert "3 outcomes came again." in run(task, labels, "--selection", "complaints").output
    sample = Project(task).sample()
    assert sample.rows["label"].to_list() == ["refund", None, None, "refund"]
    assert sample.outcomes.selections == ("complaints",)
    assert not Project(task).log(kind="spot_labels")


def test_a_model_made_elsewhere_is_kept_and_it_is_said_what_is_missing(
    task: Path, tmp_path: Path
) -> None:
    result = run(task, log(tmp_path / "log.csv", 3, version=["vendor-9"] * 3), "--json")
    found = json.loads(result.stdout)
    assert (found["kept"], found["versions"]) == (3, {"vendor-9": 3})
    assert "vendor-9 is no release of this project" in " ".join(found["said"])
    assert Project(task).sample().rows["embedding"].null_count() == 3


@pytest.mark.parametrize(
    ("columns", "arguments", "says"),
    [
        ({"answer": []}, (), "log.csv has no column of answers"),
        ({"input": [], "answer": []}, (), "neither inputs and answers nor ids and labels"),
        ({}, ("--answer", "reply"), "log.csv has no column 'reply'"),
    ],
)
def test_a_missing_column_is_named(
    task: Path, tmp_path: Path, columns: dict[str, list[str]], arguments: tuple[str, ...], says: str
) -> None:
    result = run(task, log(tmp_path / "log.csv", 3, **columns), *arguments)
    assert isinstance(result.exception, InputError)
    assert says in str(result.exception)
