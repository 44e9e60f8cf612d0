"""Labels that a language model is asked to write are to be classified (C6)."""

from __future__ import annotations

import polars as pl
import pytest
from tests.made_colours import context, task, tried

from rungwise.decisions.direction import decide
from rungwise.evaluation.labels_as_texts import labels_as_texts
from rungwise.gates.tuning_earned import TuningEarned

ROWS = 90


@pytest.mark.parametrize(
    ("outputs", "labels"),
    [
        (("spam", "no spam"), 2),
        (("Play music", "book a table", "add to playlist"), 3),
        (("1", "2", "3", "4", "5"), 5),
        (("Balance not updated after bank transfer", "Card arrival"), 2),
        (tuple(str(one) for one in range(20)), 0),  # results of sums
        (tuple(f"${one},50" for one in range(20)), 0),
        (("none", *(f"{one} apples" for one in range(20))), 0),
        (tuple(f"{one}:30" for one in range(6, 20)), 0),
        (tuple(f"answer {one}" for one in range(ROWS)), 0),
        (('{"a": 1}', '{"a": 2}'), 0),
        (("We are open from nine to five.", "We are closed."), 0),
        (("yes",), 0),
    ],
)
def test_few_short_texts_are_labels(outputs: tuple[str, ...], labels: int) -> None:
    expected = pl.Series([outputs[row % len(outputs)] for row in range(ROWS)])
    asked = pl.Series([f"message {row}" for row in range(ROWS)])
    assert labels_as_texts(task(), asked, expected) == labels
    assert labels_as_texts(task(kind="classify"), asked, expected) == 0


@pytest.mark.parametrize(("rows", "labels"), [(770, 77), (700, 0)])
def test_many_labels_come_often(rows: int, labels: int) -> None:
    expected = pl.Series([f"intent {row % 77}" for row in range(rows)])
    asked = pl.Series([f"message {row}" for row in range(rows)])
    assert labels_as_texts(task(), asked, expected) == labels


def test_what_is_copied_from_the_input_or_a_document_is_no_label() -> None:
    cities = pl.Series([("Lisbon", "Lund", "Lima")[row % 3] for row in range(ROWS)])
    asked = pl.Series([f"to {city}, please" for city in cities])
    assert labels_as_texts(task(), asked, cities) == 0
    others = pl.Series([f"message {row}" for row in range(ROWS)])
    source = {"source": "x.csv", "documents": "docs.jsonl"}
    assert labels_as_texts(task(), others, cities) == 3
    looked_up = task().model_copy(update={"data": task().data.model_copy(update=source)})
    assert labels_as_texts(looked_up, others, cities) == 0


@pytest.mark.parametrize("labels", [True, False])
def test_nothing_is_tuned_to_write_labels(labels: bool) -> None:
    texts = [("spam", "ham")[row % 2] if labels else f"text {row}" for row in range(150)]
    rows = pl.DataFrame({"input": [f"message {row}" for row in range(150)], "expected": texts})
    facts = context(tried("few_shot", 50), train=lambda: rows, remaining=("lora",))
    found = TuningEarned().judge(facts)
    assert ("task.kind=classify" in found.reason) == labels
    if labels:
        assert found.verdict == "hold"
        assert "2 short texts in 150 rows" in found.reason
        direction = decide(facts, [found])
        assert direction.move == "back to the data"
        assert "task.kind=classify" in direction.ways[0]
        close = context(tried("few_shot", 138), train=lambda: rows)  # its interval holds the target
        direction = decide(close, [TuningEarned().judge(close)])
        assert direction.move == "stop" and "task.kind=classify" in direction.reason
        done = context(tried("few_shot", 149), train=lambda: rows)  # and so the climb is over
        direction = decide(done, [TuningEarned().judge(done)])
        assert direction.move == "stop" and "task.kind=classify" in direction.reason
