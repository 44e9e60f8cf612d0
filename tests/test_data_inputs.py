"""Rows to be answered: every one of them is either an input or named as bad, in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.data_made import task

from rungwise.data.inputs import InputsReading, read_frame, read_inputs
from rungwise.errors import DataError
from rungwise.progress import Silent


def inputs_of(path: Path, content: str, **data: Any) -> InputsReading:
    path.write_text(content)
    return read_inputs(path, task(**data), Silent())


def test_every_row_is_answered_or_named(tmp_path: Path) -> None:
    content = "text,label\na,x\n,y\nc,\nd,x,1\ne,x\n"
    found = inputs_of(tmp_path / "new.csv", content, input="text", label="label")
    assert found.inputs.values.to_list() == ["a", "c", "e"]
    assert found.inputs.ids.to_list() == ["2", "4", "6"]
    assert found.lines.to_list() == [2, 4, 6]
    assert found.expected is not None and found.expected.to_list() == ["x", None, "x"]
    assert [(row.line, row.reason, row.id) for row in found.bad] == [
        (3, "empty input", "3"),
        (5, "wrong number of fields: 3 instead of 2", "5"),
    ]
    assert found.bad[0].source == "new.csv"


def test_labels_groups_and_ids_may_be_absent(tmp_path: Path) -> None:
    asked = task(input="text", label="label", id="ticket", group="customer")
    (tmp_path / "new.csv").write_text("text\na\nb\n")
    found = read_inputs(tmp_path / "new.csv", asked, Silent())
    assert found.expected is None
    assert found.inputs.ids.to_list() == ["2", "3"]
    assert found.bad == ()
    assert "new.csv has no column `ticket` (id)" in found.assumptions


def test_ids_are_the_users_own_and_repeated_ones_are_answered_too(tmp_path: Path) -> None:
    content = "ticket,text\n7,a\n7,b\n,c\n"
    found = inputs_of(tmp_path / "new.csv", content, input="text", id="ticket")
    assert found.inputs.ids.to_list() == ["7", "7", "line 4"]


def test_one_row_is_enough_and_none_is_refused(tmp_path: Path) -> None:
    found = inputs_of(tmp_path / "new.jsonl", '{"text": "a"}', input="text")
    assert found.inputs.values.to_list() == ["a"]
    with pytest.raises(DataError, match=r"new\.csv has no rows"):
        inputs_of(tmp_path / "new.csv", "text\n", input="text")
    with pytest.raises(DataError, match="has no column `text`; it has `txt`"):
        inputs_of(tmp_path / "new.csv", "txt\na\n", input="text")


def test_all_rows_may_be_bad(tmp_path: Path) -> None:
    found = inputs_of(tmp_path / "new.csv", "text,label\n,x\n,y\n", input="text")
    assert len(found.inputs) == 0
    assert len(found.bad) == 2


def test_a_frame_is_given_back_as_it_is() -> None:
    frame = pl.DataFrame({"n": [1, 2, 3], "text": ["a", None, "c"], "tags": [["x"], [], None]})
    found = read_frame(frame, task(input="text", label="label"))
    assert found.given.equals(frame)
    assert found.inputs.values.to_list() == ["a", "c"]
    assert found.rows["reason"].to_list() == [None, "empty input", None]
    with pytest.raises(DataError, match="has no rows"):
        read_frame(frame.head(0), task(input="text"))


def test_what_was_given_lies_beside_every_row(tmp_path: Path) -> None:
    found = inputs_of(tmp_path / "new.csv", "text,n\na,1\nb\n,3\n", input="text")
    assert found.rows.rows() == [
        ("2", 2, None),
        ("3", 3, "wrong number of fields: 1 instead of 2"),
        ("4", 4, "empty input"),
    ]
    assert found.given.rows() == [("a", "1"), (None, None), ("", "3")]
