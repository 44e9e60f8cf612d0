"""Sealing: the same rows give the same digests, and the test labels lie apart (R10, R68)."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import polars as pl
import pytest
from tests.data_made import frame, reading, task

from rungwise.data.seal import load_part, open_test, seal
from rungwise.data.split import Parts, split
from rungwise.errors import LedgerError
from rungwise.objects import Objects
from rungwise.records import SplitRecord, from_json, to_json

ROWS = [(f"question {n}", ("lost", "late", "refund")[n % 3]) for n in range(60)]


@pytest.fixture
def parts() -> Parts:
    return split(reading(source=frame(ROWS)), task())


def sealed_in(folder: Path, parts: Parts) -> tuple[SplitRecord, Objects, Objects]:
    objects, sealed = Objects(folder / "objects"), Objects(folder / "sealed")
    record = seal(parts, reading(source=frame(ROWS)), task(), objects, sealed)
    return record, objects, sealed


def test_what_was_stored_comes_back(tmp_path: Path, parts: Parts) -> None:
    record, objects, sealed = sealed_in(tmp_path, parts)
    assert load_part(record, objects, "train").equals(parts.train)
    assert load_part(record, objects, "validation").equals(parts.validation)
    assert load_part(record, objects, "quarantine").equals(parts.quarantine)
    hidden = load_part(record, objects, "test")
    assert hidden["expected"].null_count() == len(hidden) == 9
    assert hidden.drop("expected").equals(parts.test.drop("expected"))
    assert open_test(record, objects, sealed).equals(parts.test)


def test_the_record_says_it_all(tmp_path: Path, parts: Parts) -> None:
    record, _, _ = sealed_in(tmp_path, parts)
    assert record.rows == {"train": 42, "validation": 9, "test": 9}
    assert record.classes == ("late", "lost", "refund")
    assert record.sources == {"source": "source"}
    assert record.numbers["shares"] == {"train": 0.7, "validation": 0.15, "test": 0.15}
    assert from_json(SplitRecord, json.loads(json.dumps(to_json(record)))) == record


def test_the_same_rows_give_the_same_digests_however_they_lie(tmp_path: Path, parts: Parts) -> None:
    pieces = pl.concat([parts.train[:7], parts.train[7:]], rechunk=False)
    assert pieces.n_chunks() > 1
    again = dataclasses.replace(parts, train=pieces)
    first, *_ = sealed_in(tmp_path / "a", parts)
    second, *_ = sealed_in(tmp_path / "b", again)
    assert first == second


def test_another_row_is_another_split(tmp_path: Path, parts: Parts) -> None:
    other = parts.train.with_columns(pl.col("input").str.replace("question 1$", "question one"))
    changed, *_ = sealed_in(tmp_path / "b", dataclasses.replace(parts, train=other))
    assert changed.id != sealed_in(tmp_path / "a", parts)[0].id


def test_the_labels_of_the_test_part_are_in_the_sealed_store_alone(
    tmp_path: Path, parts: Parts
) -> None:
    record, objects, sealed = sealed_in(tmp_path, parts)
    assert sealed.path(record.test_expected).stat().st_mode & 0o777 == 0o400
    assert not objects.has(record.test_expected)
    assert [path for path in sealed.folder.rglob("*") if path.is_file()] == [
        sealed.path(record.test_expected)
    ]
    for path in objects.folder.rglob("*"):
        if path.is_file():
            table = pl.read_parquet(path)
            held = table.filter(pl.col("id").is_in(parts.test["id"].implode()))
            assert held.is_empty() or held["expected"].null_count() == len(held)


def test_sealing_twice_finds_the_sealed_part_standing(tmp_path: Path, parts: Parts) -> None:
    assert sealed_in(tmp_path, parts)[0] == sealed_in(tmp_path, parts)[0]


def test_a_changed_object_is_noticed(tmp_path: Path, parts: Parts) -> None:
    record, objects, _ = sealed_in(tmp_path, parts)
    objects.path(record.train).write_bytes(b"PAR1")
    with pytest.raises(LedgerError, match="has changed on disk"):
        load_part(record, objects, "train")
