"""Answers that were not chosen: read again beside the rows that keep the chosen ones."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from tests.data_made import reading_of, task
from tests.shapes_made import SHAPES, found_in, generating, written

from rungwise.data.read import read
from rungwise.data.rejected import rejected
from rungwise.errors import DataError
from rungwise.progress import Silent


def test_rejected_answers_stand_beside_any_rows_of_the_reading(tmp_path: Path) -> None:
    source = [
        {"prompt": f"Hi {n}", "chosen": f"yes {n}", "rejected": f" no {n}\n"} for n in range(5)
    ]
    source[3]["rejected"] = ""
    written(tmp_path / "mine.parquet", SHAPES["preference of messages"][0])
    written(tmp_path / "plain.jsonl", SHAPES["messages"][0])
    asked = generating(source="a.jsonl", test="mine.parquet", validation="plain.jsonl")
    written(tmp_path / "a.jsonl", source)
    reading = read(asked, tmp_path, Silent())
    rows = pl.concat([frame.reverse() for frame in reading.frames.values()])
    found = rejected(asked, tmp_path, reading.sources, rows)
    assert found.dtype == pl.String
    assert found.to_list() == ["no 4", "", "no 2", "no 1", "no 0", None, None, None, "a", "What?"]


def test_rejected_answers_of_a_changed_file_are_refused(tmp_path: Path) -> None:
    rows, *_ = SHAPES["preference of texts"]
    reading = found_in(tmp_path, rows)
    written(tmp_path / "a.jsonl", rows[::-1])
    with pytest.raises(DataError, match=r"a\.jsonl has changed since it was read: its sha256 was"):
        rejected(generating(source="a.jsonl"), tmp_path, reading.sources, reading.frames["source"])


def test_a_column_that_begins_late_is_found_again(tmp_path: Path) -> None:
    rows = [{"prompt": f"Hi {n}", "chosen": "yes", "rejected": "no"} for n in range(1_001)]
    rows[-1]["customer"] = "Ada"
    reading = found_in(tmp_path, rows, group="customer")
    asked = generating(source="a.jsonl", group="customer")
    last = reading.frames["source"].tail(1)
    assert last["group"].to_list() == ["Ada"]
    assert rejected(asked, tmp_path, reading.sources, last).to_list() == ["no"]


def test_no_preferences_no_rejected_answers(tmp_path: Path) -> None:
    reading = reading_of(tmp_path / "a.csv", "text,label\na,x\nb,y\nc,x\n")
    found = rejected(task(source="a.csv"), tmp_path, reading.sources, reading.frames["source"])
    assert found.to_list() == [None, None, None]


# ── real preferences ─────────────────────────────────────────────────────────────────────
def test_pandalm(shared_data: Path, tmp_path: Path) -> None:
    """894 of its 999 rows have a chosen answer: one of them is empty, 51 rejected ones are."""
    path = shared_data / "preference_pandalm" / "pandalm_testset.jsonl"
    judged = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [
        {"prompt": f"{row['instruction']}\n\n{row['input']}".strip()}
        | {name: row[name] for name in ("chosen", "rejected")}
        for row in judged
        if row.get("chosen") is not None
    ]
    assert (len(judged), len(rows)) == (999, 894)
    reading = found_in(tmp_path, rows, group="prompt")
    source = reading.frames["source"]
    assert Counter(reading.quarantine["reason"]) == {"`chosen` is empty: expected a text": 1}
    assert len(source) == 893
    assert source["group"].n_unique() == len({row["prompt"] for row in rows})
    other = rejected(
        generating(source="a.jsonl", group="prompt"), tmp_path, reading.sources, source
    )
    assert other.null_count() == 0
    assert (other == "").sum() == 51
    kept = [rows[line - 1] for line in source["line"]]
    assert other.to_list() == [row["rejected"].strip() for row in kept]
    texts = [row["chosen"] if isinstance(row["chosen"], str) else "true" for row in kept]
    assert source["expected"].to_list() == [text.strip() for text in texts]
