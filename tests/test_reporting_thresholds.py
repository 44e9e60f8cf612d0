"""Thresholds, trusted code and values that are undefined, on the page of a report."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.constructed import attempt, measured, split_record, task_facts
from tests.rendered_pages import Reader, page_of

from rungwise.ledger.state import State
from rungwise.reporting.page import render
from rungwise.table import Predictions


def two_classes(metric: str = "accuracy", **changes: Any) -> str:
    """Eight rows of `a` and `b`, with the probability of `b` that each was given."""
    probability = np.array([0.05, 0.2, 0.4, 0.6, 0.35, 0.55, 0.8, 0.95], dtype=np.float32)
    expected = [*"aaaabbbb"]
    ids = pl.Series("id", [f"row-{number}" for number in range(8)])
    frame = pl.DataFrame({"id": ids, "input": expected, "expected": expected})
    outputs = pl.Series("output", ["b" if one >= 0.5 else "a" for one in probability])
    answers = Predictions(ids, outputs, np.stack([1 - probability, probability], 1), ("a", "b"))
    answers = replace(answers, **changes)
    linear = attempt("linear", measured(0.75, 0.4, 0.93, metric=metric, rows=8), predictions="p")
    state = State(**task_facts(metric=metric), split=split_record(("a", "b")), attempts=(linear,))
    return render(state, frame, lambda digest: answers)


@pytest.mark.parametrize(
    ("threshold", "recall", "precision"),
    # of b: .35 .55 .8 .95, of a: .05 .2 .4 .6
    [
        ("10 %", "100.0 %", "57.1 %"),  # 4 of 7
        ("30 %", "100.0 %", "66.7 %"),  # 4 of 6
        ("50 % in force", "75.0 %", "75.0 %"),
        ("70 %", "50.0 %", "100.0 %"),
        ("90 %", "25.0 %", "100.0 %"),
    ],
)
def test_other_thresholds_are_counted_on_the_same_rows(
    threshold: str, recall: str, precision: str
) -> None:
    text = Reader(two_classes()).text
    assert "with two classes the threshold is 50 %" in text
    row = rf"{re.escape(threshold)} {re.escape(recall)} \[[^]]+\] {re.escape(precision)} \["
    assert re.search(row, text[text.index("Decision threshold") :]), text


def test_the_class_of_the_goal_is_the_one_that_is_decided_on() -> None:
    text = Reader(two_classes("recall[a]")).text
    told = text[text.index("Decision threshold") :]
    assert "shows what a would have" in told
    assert "30 % 100.0 %" in told  # a has .95 .8 .6 .4: all from .3 on
    assert re.search(r"70 % 50\.0 %", told)


def test_without_a_class_or_probabilities_there_is_no_threshold() -> None:
    assert "Decision threshold" not in page_of()  # three classes, accuracy
    assert "Decision threshold" not in two_classes(scores=None)
    other = pl.Series("output", [*"bbbbbbbb"])  # not the largest probability
    assert "Decision threshold" not in two_classes(outputs=other)


def test_trusted_code_is_shown_with_its_digest() -> None:
    assert "No code of the task was allowed to run." in page_of()
    text = Reader(page_of(trusted=frozenset({("own.py", "d" * 64)}))).text
    assert "Trusted code" in text and f"own.py {'d' * 64}" in text


@pytest.mark.parametrize(
    ("metric", "said"),
    [("precision[late]", "undefined: never predicted"), ("recall[late]", "undefined: no rows")],
)
def test_a_share_of_no_rows_is_undefined(metric: str, said: str) -> None:
    nothing = measured(0.0, 0.0, 1.0, metric=metric, rows=0)
    chosen = attempt("lora", measured(0.91, 0.89, 0.93), per_class=(nothing,), predictions="p")
    page = page_of(attempts=(chosen,), tests=(), releases=(), failures={}, diagnoses={})
    assert said in Reader(page).text
    assert "[0.0, 100.0]" not in Reader(page).text


def test_percentages_have_one_form() -> None:
    assert not re.search(r"\d%", Reader(page_of()).text)
