"""Generated texts are watched without knowing what they should say (R73, R77)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from rungwise.decision_rule import DecisionRule
from rungwise.evaluation.unlabelled_faults import ask_for_json, unlabelled_faults
from rungwise.protocols import HeldOut, Reference
from rungwise.release import reference
from rungwise.sample.request_rows import SCHEMA
from rungwise.workflow.watched_scores import Watched
from rungwise.workflow.week_statistics import week_statistics


@pytest.mark.parametrize(
    ("output", "cut", "json", "fault"),
    [
        ("A table for two on Friday is booked.", False, False, ""),
        ('{"day": "Friday", "party": 2}', False, True, ""),
        ('[{"day": "Friday"}]', None, True, ""),
        ("", False, False, "no answer"),
        ("  \n", None, True, "no answer"),
        (None, False, False, "no answer"),
        ("", True, False, "cut off at the longest answer"),
        ("A table for two on", True, False, "cut off at the longest answer"),
        ("I'm sorry, but I cannot help with that.", False, False, "refusal"),
        ("As an AI language model, I have no opinion.", False, False, "refusal"),
        ("and so on and so on and so on and so on", False, False, "the same words again and again"),
        ("and so on and so on and so on and so on and", True, True,
         "the same words again and again"),
        ("book a table, please!", False, False, "the input copied"),
        ('Here it is: {"day": "Friday"}', False, True, "JSON with words around it"),
        ("{'day': 'Friday'}", False, True, "JSON cut short or broken"),
        ("Friday, for two", False, True, "no JSON"),
    ],
)  # fmt: skip
def test_what_rules_see_in_a_text_alone(
    output: str | None, cut: bool | None, json: bool, fault: str
) -> None:
    assert unlabelled_faults([output], ["Book a table, please"], [cut], json=json) == [fault]


def test_whether_json_is_asked_for_is_seen_in_the_right_answers() -> None:
    assert ask_for_json(['{"a": 1}', '{"a": 2}', "none"])
    assert not ask_for_json(['{"a": 1}', "none", "[unclear]"])
    assert not ask_for_json([])


def test_the_week_stands_beside_the_test_rows(tmp_path: Path) -> None:
    good, bad = '{"day": "Friday"}', "Friday it is"
    outputs = pl.DataFrame({"output": [good] * 9 + [bad], "cut": [False] * 10})
    written, fault = reference.written_texts(
        outputs, pl.Series([f"row {n}" for n in range(10)]), json=True
    )
    held = HeldOut(10, np.full(10, 4), written=written, fault=fault)
    kept = Reference(10, 0, np.full(10, 4), "abc", held, json=True)
    watched = Watched((), DecisionRule(), kept)
    assert watched.unwatched == ()
    days = [datetime(2026, 12, 1, hour, tzinfo=UTC) for hour in range(8)]
    rows = pl.DataFrame(
        {"id": [str(n) for n in range(8)], "time": days, "text": ["book it"] * 8,
         "weight": [1.0] * 8,
         "answer": [good] * 4 + [bad] * 2 + ["{"] * 2, "cut": [False] * 6 + [True] * 2,
         "size": [4] * 8, "source": ["serve"] * 8}
    )  # fmt: skip
    rows = pl.concat([rows, pl.DataFrame(schema=SCHEMA)], how="diagonal_relaxed").cast(SCHEMA)
    found = week_statistics(rows, watched)
    assert found.faults == {
        "cut off at the longest answer": (0.25, 0.0),
        "no JSON": (0.25, 0.1),
    }
    assert (
        "By rules alone (test rows): cut off at the longest answer 25 % (0 %), no JSON 25 % (10"
        in (" ".join(found.sentences))
    )
    scores = watched.requests(rows, watched.held_out())
    assert scores["answers"]["fault"].tolist() == [0] * 4 + [1] * 4
    assert watched.held_out()["answers"]["fault"].tolist() == [0] * 9 + [1]
    assert scores["answers"]["length"].tolist() == [17] * 4 + [12] * 2 + [1] * 2


def test_personal_values_are_not_what_makes_an_answer_longer() -> None:
    outputs = ["Write to ada@example.org", "Write to <EMAIL>"]
    texts = pl.DataFrame({"output": outputs, "cut": [False, False]})
    written, _ = reference.written_texts(texts, pl.Series(["a", None]), json=False)
    assert len(set(written.tolist())) == 1
