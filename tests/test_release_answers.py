"""Answers beside the user's rows: a row for a row, in order, in every format that is written."""

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

from rungwise.errors import InputError, StorageError
from rungwise.release import answers
from rungwise.release.answers import Answered, Asked, answered, form, write
from rungwise.table import Predictions

CLASSES = ("late", 'lo"st', "zerbröselt")


def predictions(rows: int) -> Predictions:
    scores = np.random.default_rng(0).dirichlet([1, 1, 1], rows).astype(np.float32)
    ids = pl.Series([f"r{number}" for number in range(rows)], dtype=pl.String)
    outputs = pl.Series([CLASSES[best] for best in scores.argmax(1)], dtype=pl.String)
    return Predictions(ids, outputs, scores, CLASSES)


def made(
    rows: int,
    reasons: list[str | None] | None = None,
    given: dict[str, list[Any]] | None = None,
    objects: list[str | None] | None = None,
) -> Answered:
    """`rows` answers beside rows of which those with a reason have none."""
    reasons = reasons or [None] * rows
    count = len(reasons)
    frame = pl.DataFrame(given or {"text": [f"t{number}" for number in range(count)]})
    asked = Asked(
        frame,
        pl.Series([f"r{number}" for number in range(count)], dtype=pl.String),
        pl.Series(range(2, count + 2), dtype=pl.Int64),
        pl.Series(reasons, dtype=pl.String),
        None if objects is None else pl.Series(objects, dtype=pl.String),
    )
    return answered(asked, predictions(rows), "v1.0")


def lines(table: Answered) -> list[dict[str, Any]]:
    stream = io.BytesIO()
    write(table, stream)
    return [json.loads(line) for line in stream.getvalue().decode("utf-8").splitlines()]


def test_jsonl_has_the_users_columns_and_then_the_answer() -> None:
    known = predictions(5)
    assert known.scores is not None
    for number, answer in enumerate(lines(made(5))):
        assert list(answer) == [
            "text", "label", "confidence", "review", "release", "id", "probabilities",
        ]  # fmt: skip
        assert answer["text"] == f"t{number}"
        assert answer["id"] == f"r{number}"
        assert answer["label"] == known.outputs[number]
        assert list(answer["probabilities"]) == list(CLASSES)
        shares = np.array(list(answer["probabilities"].values()), np.float32)
        assert (shares == known.scores[number]).all()  # every bit of the float32
        assert np.float32(answer["confidence"]) == shares.max()
        assert answer["review"] is None  # no threshold
        assert answer["release"] == "v1.0"


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.parquet", "a.PQ", "a.jsonl", "a.ndjson"])
def test_each_format_is_read_back_alike(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    texts = ['semi;colon, "quoted"', "two\nlines", "ümlaut\ttab"]
    write(made(3, given={"text": texts, "n": [1, 2, 3]}), path, form(path))
    readers = {
        ".csv": pl.read_csv,
        ".tsv": lambda file: pl.read_csv(file, separator="\t"),
        ".parquet": pl.read_parquet,
        ".pq": pl.read_parquet,
    }
    frame = readers.get(path.suffix.lower(), pl.read_ndjson)(path)
    assert frame.columns[:6] == ["text", "n", "label", "confidence", "review", "release"]
    assert frame["text"].to_list() == texts
    assert frame["n"].to_list() == [1, 2, 3]
    assert frame["label"].to_list() == predictions(3).outputs.to_list()


def test_a_row_without_an_answer_keeps_its_place() -> None:
    reasons = ["empty input", None, "bad JSON: not an object", None, None]
    table = made(3, reasons, {"text": ["", "a", None, "b", "c"]})
    found = table.table
    assert found["label"].is_null().to_list() == [True, False, True, False, False]
    assert found["label"].drop_nulls().to_list() == predictions(3).outputs.to_list()
    assert found["release"].to_list() == ["v1.0"] * 5
    rows = lines(table)
    assert rows[0]["error"] == "empty input" and rows[0]["line"] == 2
    assert rows[0]["label"] is None and rows[0]["probabilities"] is None
    assert rows[2]["error"].startswith("bad JSON") and rows[2]["text"] is None
    assert "error" not in rows[1] and "line" not in rows[1]


@given(st.lists(st.booleans(), max_size=30))
def test_any_mixture_comes_out_in_input_order(readable: list[bool]) -> None:
    reasons = [None if good else "bad" for good in readable]
    table = made(sum(readable), reasons, {"text": ["x"] * len(readable)})
    assert ["error" not in answer for answer in lines(table)] == readable
    assert [answer["id"] for answer in lines(table)] == [f"r{at}" for at in range(len(readable))]


def test_a_name_that_is_taken_gets_a_prefix() -> None:
    given = {"label": ["x"], "release": ["y"], "rungwise_release": ["z"], "line": ["w"]}
    table = made(1, given=given).table
    assert table.columns == [
        "label", "release", "rungwise_release", "line",
        "rungwise_label", "confidence", "review", "rungwise_rungwise_release",
    ]  # fmt: skip
    assert table["label"].to_list() == ["x"]


def test_an_id_of_the_users_stays_theirs() -> None:
    (row,) = lines(made(1, given={"id": [77], "text": ["a"]}))
    assert row["id"] == 77
    assert "rungwise_id" not in row


def test_json_objects_stay_as_they_were_written() -> None:
    objects = ['{"n": 1.50, "tags": ["a"], "text": "x"}', None, " {} \r", '{"a":{"label" : 2}}']
    given = {"n": ["1.50", None, None, None], "text": ["x", None, None, None]}
    table = made(3, [None, "bad JSON", None, None], given, objects)
    stream = io.BytesIO()
    write(table, stream)
    first, second, third, fourth = stream.getvalue().decode().splitlines()
    assert first.startswith('{"n": 1.50, "tags": ["a"], "text": "x","rungwise_label":')
    assert next(iter(json.loads(second))) == "rungwise_label"
    assert json.loads(third)["release"] == "v1.0"
    assert json.loads(fourth)["a"] == {"label": 2}


def test_more_rows_than_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "SLICE", 4)
    for count in (0, 10):
        table = made(count, given={"text": ["x"] * count})
        assert [answer["id"] for answer in lines(table)] == [f"r{n}" for n in range(count)]


def test_rows_without_columns_of_their_own() -> None:
    asked = Asked(
        pl.DataFrame(),
        pl.Series(["1", "2"]),
        pl.Series([1, 2]),
        pl.Series([None, None], dtype=pl.String),
    )
    found = lines(answered(asked, predictions(2), "v1.0"))
    assert [answer["id"] for answer in found] == ["1", "2"]


def test_a_model_without_probabilities_gives_none() -> None:
    asked = Asked(
        pl.DataFrame({"text": ["a"]}),
        pl.Series(["1"]),
        pl.Series([2]),
        pl.Series([None], dtype=pl.String),
    )
    bare = Predictions(pl.Series(["1"]), pl.Series(["late"]), None, CLASSES)
    assert lines(answered(asked, bare, "v1.0")) == [
        {
            "text": "a",
            "label": "late",
            "confidence": None,
            "review": None,
            "release": "v1.0",
            "id": "1",
        }
    ]


def test_generated_text_is_an_output() -> None:
    asked = Asked(
        pl.DataFrame({"text": ["a"]}),
        pl.Series(["1"]),
        pl.Series([2]),
        pl.Series([None], dtype=pl.String),
    )
    written = pl.DataFrame({"prompt_tokens": [3], "output_tokens": [2], "ended": ["stop"]})
    bare = Predictions(pl.Series(["1"]), pl.Series(["a text"]), None, (), written)
    table = answered(asked, bare, "v1.0").table
    assert table.columns == ["text", "output", "confidence", "review", "release"]


def test_a_file_appears_once_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "answers.jsonl"
    target.write_text("before\n")

    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(answers, "_lines", interrupted)
        write(made(2), target)
    assert target.read_text() == "before\n"
    write(made(2), target)
    assert len(target.read_text().splitlines()) == 2
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        write(made(1), tmp_path / "no" / "a.jsonl")


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_a_full_disk_is_said_in_one_line(kind: Any) -> None:
    with (
        pytest.raises(StorageError, match="No space left"),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        write(made(500), full, kind)


@pytest.mark.parametrize("name", ["a.xlsx", "a.json", "a.csv.gz", "answers"])
def test_a_format_that_is_not_written_is_one_line(name: str) -> None:
    with pytest.raises(InputError, match=r"End the name in \.csv, \.tsv, \.parquet or \.jsonl"):
        form(Path(name))
