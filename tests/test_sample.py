"""The sample of production on disk: what is read back, and what is left out with a word."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from rungwise.sample import SCHEMA, opened, outcome_labels, read, segments
from rungwise.sample.request_rows import STORED


def rows(*ids: str, day: int = 1, version: str = "v1.0") -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "id": one,
                "time": datetime(2026, 12, day, 8, place, tzinfo=UTC),
                "version": version,
                "text": f"about {one}",
                "answer": "late",
                "confidence": 0.75,
                "review": None,
                "probabilities": [0.75, 0.25],
                "embedding": None,
                "size": 3,
                "weight": 1.0,
                "uniform": True,
                "source": "serve",
                "cut": None,
            }
            for place, one in enumerate(ids)
        ],
        STORED,
    )


def kept(folder: Path, writer: str, frame: pl.DataFrame) -> Path:
    return segments.write(folder / str(frame["time"][0].date()), writer, frame)


def test_what_writers_keep_is_read_back_in_order_of_arrival(tmp_path: Path) -> None:
    kept(tmp_path, "second", rows("c", day=2, version="v1.1"))
    kept(tmp_path, "first", rows("a", "b"))
    found = read(tmp_path)
    assert found.schema == SCHEMA
    assert found["id"].to_list() == ["a", "b", "c"]
    assert found["probabilities"][0].to_list() == [0.75, 0.25]
    assert read(tmp_path, version="v1.1")["id"].to_list() == ["c"]
    assert read(tmp_path, start=date(2026, 12, 2))["id"].to_list() == ["c"]
    assert read(tmp_path, end=date(2026, 12, 2))["id"].to_list() == ["a", "b"]
    assert read(tmp_path / "absent").schema == SCHEMA


def test_a_writer_replaces_its_own_file_of_a_day_and_no_other(tmp_path: Path) -> None:
    kept(tmp_path, "one", rows("a"))
    kept(tmp_path, "two", rows("b"))
    last = kept(tmp_path, "one", rows("a", "c"))
    assert read(tmp_path)["id"].to_list() == ["a", "b", "c"]
    assert len(list(last.parent.iterdir())) == 2


@pytest.mark.parametrize("damage", ["shorter", "empty", "changed", "renamed", "no table"])
def test_a_torn_file_is_left_out_with_a_word(tmp_path: Path, damage: str) -> None:
    kept(tmp_path, "good", rows("a"))
    path = kept(tmp_path, "torn", rows("b"))
    content = path.read_bytes()
    if damage == "shorter":
        path.write_bytes(content[:-9])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "changed":
        path.write_bytes(content[:99] + b"\0" + content[100:])
    elif damage == "renamed":
        path = path.rename(path.with_name("other.parquet"))
    else:
        path.write_text("id,text\n")
    (path.parent / ".writing-killed").write_bytes(content[:50])
    sample = opened(tmp_path)
    assert sample.rows["id"].to_list() == ["a"]
    assert sample.torn == (f"2026-12-01/{path.name}",)
    (said,) = sample.said
    assert said.startswith(f"1 file of the sample cannot be read, such as 2026-12-01/{path.name}")


def test_the_same_request_counts_once(tmp_path: Path) -> None:
    kept(tmp_path, "one", rows("a", "b"))
    kept(tmp_path, "two", rows("a"))  # as after a kill between two files of one writer
    kept(tmp_path, "three", rows("a", version="v1.1"))
    sample = opened(tmp_path)
    assert sorted(sample.rows.select("version", "id").rows()) == [
        ("v1.0", "a"), ("v1.0", "b"), ("v1.1", "a"),
    ]  # fmt: skip
    assert sample.repeated == 1


def test_the_oldest_days_go_first_and_the_newest_stays(tmp_path: Path) -> None:
    sizes = [kept(tmp_path, "one", rows("a", "b", day=day)).stat().st_size for day in (1, 2, 3)]
    segments.bound(tmp_path, sizes[1] + sizes[2], date(2026, 12, 3))
    assert [str(day) for day, _ in segments.days(tmp_path)] == ["2026-12-02", "2026-12-03"]
    segments.bound(tmp_path, 1, date(2026, 12, 3))
    assert read(tmp_path)["time"].dt.day().unique().to_list() == [3]


def test_outcomes_join_by_id_and_faults_are_counted(tmp_path: Path) -> None:
    kept(tmp_path, "one", rows("a", "b", "c", "d"))

    def told(selection: str, *pairs: tuple[str, str]) -> None:
        time = datetime(2026, 12, 9, tzinfo=UTC)
        frame = [(one, label, selection, time) for one, label in pairs]
        outcome_labels.add(tmp_path, pl.DataFrame(frame, outcome_labels.SCHEMA, orient="row"))

    told("complaints", ("a", "late"), ("b", "lost"), ("never kept", "late"))
    told("reopened", ("a", "late"), ("b", "late"), ("c", "lost"))
    sample = opened(tmp_path)
    assert dict(sample.rows.select("id", "label").iter_rows()) == {
        "a": "late", "b": None, "c": "lost", "d": None,
    }  # fmt: skip
    counts = sample.outcomes
    assert (counts.joined, counts.contradicted, counts.repeated, counts.unknown) == (2, 1, 1, 1)
    assert set(counts.selections) == {"complaints", "reopened"}
