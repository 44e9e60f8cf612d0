"""Expected and answered side by side, fields with their support, and what was looked up."""

from __future__ import annotations

import json

import polars as pl
import pytest
from tests.made_answers import expected, predicted

from rungwise.conversation import Message, as_input
from rungwise.data.personal.redactor import RECORDED, Redactor
from rungwise.evaluation.field_scores import field_scores, weakest
from rungwise.evaluation.json_fields import compared
from rungwise.reporting.differences import marked
from rungwise.reporting.wrong_texts import wrong_texts
from rungwise.training.retrieval.passages import QUESTION

BOOKINGS = (
    '{"name": "Ada", "party": 2, "wishes": [{"what": "window"}, {"what": "quiet"}]}',
    '{"name": "Ben", "party": 3}',
    '{"name": "Cy", "party": 4}',
)
ANSWERED = (
    '{"party": 2, "name": "Ada", "wishes": [{"what": "quiet"}, {"what": "vegan"}]}',
    '{"name": "Ben", "party": "3", "table": 7}',
    "Sure! Cy, four people.",
)


def test_each_field_has_its_precision_recall_and_support() -> None:
    found = {one.field: one for one in field_scores(expected(BOOKINGS), pl.Series(ANSWERED))}
    assert list(found) == ["name", "party", "wishes[] › what", "table"]
    # Of three names two are right, and none that was answered is wrong.
    name = found["name"].as_json()
    assert (name["precision"], name["recall"], name["support"]) == (1.0, 2 / 3, 3)
    assert name["f1"] == pytest.approx(0.8)
    # "3" is no number: 1 of 2 answered and 1 of 3 expected.
    assert (found["party"].precision, found["party"].recall) == (1 / 2, 1 / 3)
    # Items are paired whatever their order: quiet with quiet.
    assert (found["wishes[] › what"].right, found["wishes[] › what"].support) == (1, 2)
    assert (found["table"].recall, found["table"].answered) == (None, 1)
    assert [one.field for one in weakest(found.values(), 1)] == ["party"]


def test_fields_sum_to_what_json_f1_counts() -> None:
    found = field_scores(expected(BOOKINGS), pl.Series(ANSWERED))
    sums = [sum(column) for column in zip(*map(compared, BOOKINGS, ANSWERED), strict=True)]
    counted = [(one.right, one.answered, one.support) for one in found]
    assert [sum(column) for column in zip(*counted, strict=True)] == sums


def test_texts_and_plain_numbers_have_no_fields() -> None:
    assert field_scores(expected(["12", "a word"]), pl.Series(["12", None])) == ()


def test_what_differs_is_marked_on_both_sides() -> None:
    left, right = marked("flights to boston on may first", "flights to denver on may first, please")
    assert [one.text for one in left if one.differs] == ["boston"]
    assert [one.text for one in right if one.differs] == ["denver", ", please"]
    assert "".join(one.text for one in left) == "flights to boston on may first"


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ('{"a": 1, "b": {"c": 2, "d": 3}}', '{"b": {"d": 3, "c": 2}, "a": 1}'),
        ("two  lines\nof text", "two lines of text"),
    ],
)
def test_order_of_keys_and_white_space_are_no_difference(wanted: str, told: str) -> None:
    assert not any(one.differs for side in marked(wanted, told) for one in side)


def test_a_difference_far_inside_a_long_text_is_shown() -> None:
    words = " ".join(f"word{place}" for place in range(400))
    left, right = marked(words, words.replace("word390 ", "other "))
    assert [one.text for one in left if one.differs] == ["word390"]
    assert sum(len(one.text) for one in right) < 200


def test_an_answer_that_is_empty_lacks_everything() -> None:
    left, right = marked("北京", "")
    assert right == () and all(one.differs for one in left)


def test_passages_stand_beside_a_wrong_answer() -> None:
    question = "How long?"
    prompts = {
        "0": as_input(
            [Message("system", "s"), Message("user", f"Sixty days.{QUESTION}{question}")]
        ),
        "1": as_input([Message("system", "s"), Message("user", question)]),
    }
    rows = pl.DataFrame({"id": ["0", "1"], "input": [question] * 2, "expected": ["sixty days"] * 2})
    told = wrong_texts(rows, predicted(["six days", "ten"]), 9, Redactor(), prompts)
    found = {one.id: one for one in told.shown}
    assert (found["0"].passages, found["0"].held) == ("Sixty days.", True)
    assert (found["1"].passages, found["1"].held) == ("", False)


def test_personal_values_in_passages_are_replaced() -> None:
    question = "Whom do I ask?"
    prompt = as_input([Message("user", f"Write to ada@example.org.{QUESTION}{question}")])
    rows = pl.DataFrame({"id": ["0"], "input": [question], "expected": ["Ada"]})
    (shown,) = wrong_texts(rows, predicted(["Ben"]), 9, Redactor(), {"0": prompt}).shown
    assert "example.org" not in shown.passages and "Write to" in shown.passages
    assert json.dumps(shown.passages)


def test_a_value_that_is_replaced_is_so_on_both_sides() -> None:
    spans = pl.DataFrame([("0", "input", 4, 9, "name")], RECORDED, orient="row")
    rows = pl.DataFrame({"id": ["0"], "input": ["for rossi at 8"], "expected": ["rossi, 20:00"]})
    (shown,) = wrong_texts(rows, predicted(["rossi, 08:00"]), 9, Redactor(recorded=spans)).shown
    assert "rossi" not in "".join(one.text for one in (*shown.expected, *shown.output))
    assert [one.text for one in shown.expected if one.differs] == ["20"]
