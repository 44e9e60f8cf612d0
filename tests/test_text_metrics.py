"""Metrics of generated texts, against arithmetic and against the libraries that define them."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.evaluation.intervals import measure, measure_all
from rungwise.evaluation.json_fields import fields
from rungwise.evaluation.metrics import TEXTS, find
from rungwise.evaluation.text_mistakes import Answer, mistake
from rungwise.policy import Policy
from rungwise.table import Predictions

POLICY = Policy(resamples=200)
CAT = "the cat sat on the mat"


def answered(outputs: list[str | None]) -> Predictions:
    ids = pl.Series("id", [str(place) for place in range(len(outputs))])
    return Predictions(ids, pl.Series("output", outputs, dtype=pl.String), None, ())


def value(name: str, expected: list[str], outputs: list[str | None]) -> float:
    return find(name).value(pl.Series(expected), answered(outputs))


@pytest.mark.parametrize(
    ("name", "expected", "output", "by_hand"),
    [
        ("exact_match", "Paris", " Paris\n", 1),
        ("exact_match", "Paris", "paris", 0),
        ("normalised_match", "The Eiffel Tower!", "eiffel tower", 1),
        ("answer_f1", "the Eiffel Tower", "Eiffel Tower in Paris", 2 * 2 / (2 + 4)),
        ("rouge_l", CAT, "the cat lay on a mat", 2 * 4 / 12),
        ("json_valid", "{}", '{"a": 1', 0),
        ("json_valid", "{}", "[1, NaN]", 0),
        ("json_f1", '{"a": 1, "b": 2}', '{"a": 1, "c": 2}', 0.5),
        ("json_precision", '{"a": 1, "b": 2}', '{"a": 1}', 1),
        ("json_recall", '{"a": 1, "b": 2}', '{"a": 1}', 0.5),
        ("json_f1", '{"a": ["x", "y"]}', '{"a": ["y", "x"]}', 1),
        ("json_f1", '{"a": 1}', "sorry", 0),
    ],
)
def test_one_row_by_hand(name: str, expected: str, output: str, by_hand: float) -> None:
    assert value(name, [expected], [output]) == pytest.approx(by_hand)


def test_field_f1_adds_up_over_rows() -> None:
    """2 of 2 fields, then 0 of 2 answered where 1 was expected: 2·2 / (4 + 3)."""
    expected = ['{"a": 1, "b": 2}', '{"a": 1}']
    outputs: list[str | None] = ['{"a": 1, "b": 2}', '{"x": 1, "y": 2}']
    assert value("json_f1", expected, outputs) == pytest.approx(4 / 7)


TEXT = st.text(st.sampled_from("abc de.,"), min_size=1, max_size=30)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
def test_bleu_and_chrf_are_those_of_sacrebleu(rows: list[tuple[str, str]]) -> None:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    expected, outputs = [right for right, _ in rows], [told for _, told in rows]
    bleu = BLEU().corpus_score(outputs, [expected]).score / 100
    assert value("bleu", expected, list(outputs)) == pytest.approx(bleu)
    chrf = np.mean([CHRF().sentence_score(told, [right]).score for right, told in rows]) / 100
    assert value("chrf", expected, list(outputs)) == pytest.approx(chrf)


@pytest.mark.parametrize("name", sorted(TEXTS))
@given(st.lists(st.tuples(TEXT, st.none() | TEXT), min_size=1, max_size=12))
def test_every_metric_lies_in_its_range_within_its_interval(
    name: str, rows: list[tuple[str, str | None]]
) -> None:
    expected = pl.Series([right for right, _ in rows])
    told = measure(find(name), expected, answered([out for _, out in rows]), "validation", POLICY)
    assert told.low is not None and told.high is not None
    assert 0 <= told.value <= 1 and -1e-9 <= told.low <= told.high <= 1 + 1e-9


def test_all_metrics_of_texts_are_measured_beside_the_goal() -> None:
    expected = pl.Series(["a b", "c"])
    goal, others, by_class = measure_all(
        find("rouge_l"), expected, answered(["a b", "d"]), "validation", POLICY
    )
    assert (goal.metric, goal.value) == ("rouge_l", 0.5)
    assert {one.metric for one in others} == set(TEXTS) - {"rouge_l"}
    assert by_class == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.sampled_from("abc")), inner),
    max_leaves=8,
)


@given(JSON)
def test_any_json_value_equals_itself_however_it_is_written(found: object) -> None:
    plain, spaced = json.dumps(found), json.dumps(found, indent=2, ensure_ascii=False)
    assert fields(plain) == fields(spaced) is not None
    assert mistake(Answer(plain, spaced)) == "" or not plain.startswith(("{", "["))


def test_a_text_that_nests_too_deeply_is_no_json() -> None:
    assert fields("[" * 100_000 + "]" * 100_000) is None
