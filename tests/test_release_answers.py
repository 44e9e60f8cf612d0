"""Answers as JSON lines: one a row of the input, in its order, nothing dropped."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.errors import StorageError
from rungwise.records import Quarantined
from rungwise.release import answers
from rungwise.table import Predictions

CLASSES = ("late", 'lo"st', "zerbröselt")


def predictions(rows: int) -> Predictions:
    scores = np.random.default_rng(0).dirichlet([1, 1, 1], rows).astype(np.float32)
    ids = pl.Series([f"r{number}" for number in range(rows)], dtype=pl.String)
    outputs = pl.Series([CLASSES[best] for best in scores.argmax(1)], dtype=pl.String)
    return Predictions(ids, outputs, scores, CLASSES)


def written(
    rows: int, lines: list[int | None], unread: list[Quarantined] | None = None
) -> list[dict[str, Any]]:
    stream = io.BytesIO()
    series = pl.Series(lines, dtype=pl.Int64)
    answers.write(predictions(rows), series, unread or [], "v1.0", stream)
    return [json.loads(line) for line in stream.getvalue().decode("utf-8").splitlines()]


def test_an_answer_holds_label_probabilities_and_version() -> None:
    made = predictions(5)
    assert made.scores is not None
    for number, answer in enumerate(written(5, [2, 3, 4, 5, 6])):
        assert list(answer) == ["id", "label", "probabilities", "release"]
        assert answer["id"] == f"r{number}"
        assert answer["label"] == made.outputs[number]
        assert list(answer["probabilities"]) == list(CLASSES)
        given = np.array(list(answer["probabilities"].values()), np.float32)
        assert (given == made.scores[number]).all()  # every bit of the float32
        assert answer["release"] == "v1.0"


def test_a_row_that_could_not_be_read_stands_in_its_place() -> None:
    unread = [
        Quarantined("new.csv", 5, "no text", "t-4"),
        Quarantined("new.csv", 2, "the bytes are no UTF-8"),
        Quarantined("new.csv", 9, "no text"),
    ]
    made = written(3, [3, 4, 6], unread)
    assert [answer.get("line") or answer["id"] for answer in made] == [2, "r0", "r1", 5, "r2", 9]
    assert made[3] == {"id": "t-4", "error": "no text", "line": 5, "release": "v1.0"}
    assert made[0]["id"] is None


@given(st.lists(st.booleans(), max_size=30))
def test_any_mixture_comes_out_in_input_order(readable: list[bool]) -> None:
    lines: list[int | None] = [line for line, good in enumerate(readable, 2) if good]
    unread = [Quarantined("f", line, "bad") for line, good in enumerate(readable, 2) if not good]
    made = written(len(lines), lines, unread[::-1])
    assert ["error" not in answer for answer in made] == readable


def test_rows_without_line_numbers_keep_their_order() -> None:
    made = written(3, [None, 3, None], [Quarantined("f", 2, "bad")])
    assert [answer["id"] for answer in made] == ["r0", None, "r1", "r2"]


def test_more_rows_than_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "SLICE", 4)
    assert [answer["id"] for answer in written(10, list(range(10)))] == [
        f"r{number}" for number in range(10)
    ]


def test_a_model_without_probabilities_gives_none() -> None:
    stream = io.BytesIO()
    bare = Predictions(pl.Series(["a"]), pl.Series(["late"]), None, CLASSES)
    answers.write(bare, pl.Series([2]), [], "v1.0", stream)
    assert json.loads(stream.getvalue()) == {"id": "a", "label": "late", "release": "v1.0"}


def test_a_file_appears_once_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "answers.jsonl"
    target.write_text("before\n")

    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(answers, "_error", interrupted)
        unread = [Quarantined("f", 4, "bad")]
        answers.write(predictions(2), pl.Series([2, 3]), unread, "v1.0", target)
    assert target.read_text() == "before\n"
    answers.write(predictions(2), pl.Series([2, 3]), [], "v1.0", target)
    assert len(target.read_text().splitlines()) == 2
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        answers.write(predictions(1), pl.Series([1]), [], "v1.0", tmp_path / "no" / "a.jsonl")


def test_a_full_disk_is_said_in_one_line() -> None:
    with (
        pytest.raises(StorageError, match="No space left"),
        Path("/dev/full").open("wb") as full,
    ):
        answers.write(predictions(500), pl.Series(range(500)), [], "v1.0", full)
