"""The rows that the baselines are compared on are those that the release was tested on."""

from __future__ import annotations

import tarfile
from pathlib import Path

import polars as pl
from benchmarks.baselines import contestants, workloads

from rungwise import Project
from rungwise.table import Examples

KEPT = Path(__file__).parent / "projects" / "small-classify.tar.xz"


def test_a_finished_project_gives_the_rows_of_its_test(tmp_path: Path) -> None:
    with tarfile.open(KEPT) as archive:
        archive.extractall(tmp_path, filter="data")
    project = Project(next(tmp_path.iterdir()))
    workload = workloads.finished(project.folder)
    status = project.status()
    assert workload.release is not None
    assert workload.release.value == status["test"]["goal"]["value"]
    parts = {"train": workload.train, "validation": workload.validation, "test": workload.test}
    assert {part: len(rows) for part, rows in parts.items()} == {
        part: status["splits"][part] for part in parts
    }
    assert workload.test.expected.null_count() == 0


def test_the_three_lines_are_measured_on_the_test_rows() -> None:
    """Half of them repeat a training text under the other label: .5, whatever was learnt."""
    train = rows(["a cat", "a dog"] * 5, ["cat", "dog"] * 5)
    test = rows(["a cat", "a dog", "a cat", "a dog"], ["cat", "dog", "dog", "cat"])
    workload = workloads.Workload("pets", train, train, test, ("cat", "dog"))
    assert contestants.by_hand(workload).accuracy == 0.5


def rows(texts: list[str], labels: list[str]) -> Examples:
    frame = pl.DataFrame({"input": texts, "expected": labels}).with_row_index("id")
    return Examples.of(frame.with_columns(pl.col("id").cast(pl.String)))
