"""The user's own test and validation files: whole, and never trained on (R21)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data_made import frame, parts_of, task

from rungwise.data import quarantine
from rungwise.data.normalise import normalised
from rungwise.data.read import read
from rungwise.data.split import split
from rungwise.errors import DataError
from rungwise.progress import Silent

SOURCE = [(f"question {n}", "ab"[n % 2]) for n in range(40)]


def test_copies_of_a_test_row_leave_train_and_the_test_row_stays() -> None:
    parts = parts_of(
        task(test="t.csv"),
        source=frame(SOURCE),
        test=frame([("Question 3!", "b"), ("question 8", "a"), ("fresh", "a")]),
    )
    assert parts.test["input"].to_list() == ["Question 3!", "question 8", "fresh"]
    assert parts.quarantine.select("id", "line", "reason", "input", "expected").rows() == [
        ("4", 5, "copy of test row: 1", "question 3", "b"),
        ("9", 10, "copy of test row: 2", "question 8", "a"),
    ]
    assert quarantine.kinds(parts.quarantine) == {"copy of test row": 2}
    assert (len(parts.train), len(parts.validation)) == (32, 6)
    assert parts.given == {"test"}
    assert "source.csv is divided into train 85 %, validation 15 %" in parts.assumptions[-1]
    assert parts.assumptions[-1].endswith("test is t.csv")


def test_the_test_part_comes_before_validation() -> None:
    parts = parts_of(
        task(test="t.csv", validation="v.csv"),
        source=frame(SOURCE),
        validation=frame([("question 1", "b"), ("question 2", "a"), ("held", "a")]),
        test=frame([("QUESTION 1", "b"), ("fresh", "a")]),
    )
    assert parts.validation["input"].to_list() == ["question 2", "held"]
    assert len(parts.test) == 2
    assert len(parts.train) == 38
    assert sorted(parts.quarantine.select("source", "id", "reason").rows()) == [
        ("source.csv", "1", "copy of test row: 1"),
        ("source.csv", "2", "copy of test row: 1"),
        ("source.csv", "3", "copy of validation row: 2"),
    ]


def test_a_given_validation_part_leaves_the_test_share_to_draw() -> None:
    parts = parts_of(
        task(validation="v.csv"), source=frame(SOURCE), validation=frame([("held", "a")] * 2)
    )
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (34, 2, 6)


TEXTS = st.sampled_from([f"{word}{mark}" for word in "abcdefghijklm" for mark in ("", "!")])
ROWS = st.lists(st.tuples(TEXTS, st.sampled_from("xy")), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(ROWS, ROWS)
def test_every_row_is_in_one_place_and_no_text_in_two_parts(
    test: list[tuple[str, str]], validation: list[tuple[str, str]]
) -> None:
    parts = parts_of(
        task(test="t.csv", validation="v.csv"),
        source=frame([*SOURCE, *(row for row in test[:3])]),
        validation=frame(validation),
        test=frame(test),
    )
    kept = [parts.train, parts.validation, parts.test]
    rows = len(SOURCE) + len(test[:3]) + len(validation) + len(test)
    assert sum(map(len, kept)) + len(parts.quarantine) == rows
    assert len(parts.test) == len(test)
    texts = [set(normalised(part["input"])) for part in kept]
    assert len(set.union(*texts)) == sum(map(len, texts))


def test_nothing_left_to_train_on_is_one_clear_line() -> None:
    with pytest.raises(DataError, match=r"Of source\.csv nothing is left to train on"):
        parts_of(task(test="t.csv"), source=frame(SOURCE), test=frame(SOURCE))
    with pytest.raises(DataError, match=r"Of source\.csv only class 'a' is left to train on"):
        parts_of(task(test="t.csv"), source=frame(SOURCE), test=frame(SOURCE[1::2]))


def test_labels_that_train_never_has_are_said() -> None:
    parts = parts_of(
        task(test="t.csv"), source=frame(SOURCE), test=frame([("fresh", "new"), ("other", "a")])
    )
    assert parts.numbers["unlearnable"] == {"test": {"new": 1}}
    assert parts.assumptions[-1].startswith("label 'new' never occurs in train")


def test_banking77_loses_exactly_25_training_rows(shared_data: Path) -> None:
    """Its README: 25 rows of the official test set are in train too, after normalisation."""
    asked = task(source="train.csv", test="test.csv")
    parts = split(read(asked, shared_data / "banking77", Silent()), asked)
    assert quarantine.kinds(parts.quarantine) == {"copy of test row": 25}
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (8_481, 1_497, 3_080)
    assert parts.train["expected"].n_unique() == parts.validation["expected"].n_unique() == 77
    assert parts.numbers["unlearnable"] == {}
