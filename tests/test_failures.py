"""Failure groups: every wrong answer is in exactly one, and the names say what went wrong."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from rungwise.evaluation.failures import group
from rungwise.table import Predictions

LABELS = ("a", "b", "c", "d")


def answers(outputs: list[str | None], scores: list[list[float]] | None = None) -> Predictions:
    ids = pl.Series("id", [f"r{place}" for place in range(len(outputs))], dtype=pl.String)
    return Predictions(
        ids,
        pl.Series("output", outputs, dtype=pl.String),
        np.array(scores, dtype=np.float32) if scores is not None else None,
        LABELS,
    )


def labels(values: list[str]) -> pl.Series:
    return pl.Series("expected", values, dtype=pl.String)


def test_a_frequent_mistake_is_named_after_what_was_taken_for_what() -> None:
    groups = group(labels(["a", "a", "a", "b"]), answers(["b", "b", "a", "b"]), limit=20)
    assert [(g.name, g.expected, g.predicted, g.count, g.share, g.examples) for g in groups] == [
        ("a taken for b", "a", "b", 2, 1.0, ("r0", "r1"))
    ]


def test_single_mistakes_are_merged_by_label_and_then_into_one_remainder() -> None:
    expected = labels(["a", "a", "a", "b", "c"])
    groups = group(expected, answers(["b", "c", "d", "a", "a"]), limit=20)
    assert [(g.name, g.count) for g in groups] == [
        ("a taken for several others", 3),
        ("other mistakes", 2),
    ]
    assert groups[1].expected == groups[1].predicted == groups[0].predicted == ""


def test_a_small_pair_does_not_take_the_place_of_a_larger_group() -> None:
    """Of 60 failures and 5 groups an even share is 12; a pair below a third of it is merged."""
    pairs = {("a", "b"): 40, ("a", "c"): 3, ("b", "a"): 3, ("b", "c"): 2, ("c", "a"): 12}
    rows = [pair for pair, count in pairs.items() for _ in range(count)]
    groups = group(labels([e for e, _ in rows]), answers([p for _, p in rows]), limit=5)
    assert [(g.name, g.count) for g in groups] == [
        ("a taken for b", 40),
        ("c taken for a", 12),
        ("b taken for several others", 5),
        ("other mistakes", 3),
    ]


def test_the_remainder_comes_last_even_where_it_is_the_largest() -> None:
    expected = labels(["a", "a", "b", "b", "c", "c", "d", "d"])
    groups = group(expected, answers(["b", "b", "c", "c", "d", "d", "a", "a"]), limit=2)
    assert [(g.name, g.count) for g in groups] == [
        ("a taken for b", 2),
        ("b taken for c", 2),
        ("other mistakes", 4),
    ]


def test_examples_are_the_answers_that_the_model_was_surest_of() -> None:
    sure = [0.4, 0.9, 0.6, 0.7, 0.99]
    scores = [[0.0, value, 0.0, 0.0] for value in sure]
    groups = group(labels(["a", "a", "a", "a", "b"]), answers(["b"] * 5, scores), limit=20)
    assert groups[0].examples == ("r1", "r3", "r2")


def test_a_row_without_an_answer_is_a_failure_with_a_name() -> None:
    groups = group(labels(["a", "a", "b"]), answers([None, None, "b"]), limit=20)
    assert [(g.name, g.count) for g in groups] == [("a got no answer", 2)]


def test_no_failures_no_groups() -> None:
    assert group(labels(["a", "b"]), answers(["a", "b"]), limit=20) == ()
    assert group(labels([]), answers([]), limit=20) == ()


rows = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS), st.floats(0, 1)), max_size=60
)


@given(rows, st.integers(0, 8))
def test_groups_part_all_failures_among_them(
    drawn: list[tuple[str, str, float]], limit: int
) -> None:
    expected = labels([row[0] for row in drawn])
    given_answers = answers([row[1] for row in drawn], [[row[2]] * 4 for row in drawn] or None)
    groups = group(expected, given_answers, limit)
    wrong = {f"r{place}": row for place, row in enumerate(drawn) if row[0] != row[1]}
    assert sum(found.count for found in groups) == len(wrong)
    assert len(groups) <= limit + 1
    assert not groups or abs(sum(found.share for found in groups) - 1) < 1e-9
    for found in groups:
        assert 1 <= len(found.examples) == min(3, found.count)
        for example in found.examples:
            assert found.expected in ("", wrong[example][0])
            assert found.predicted in ("", wrong[example][1])


@given(rows)
def test_named_counts_are_those_of_the_confusion_matrix(
    drawn: list[tuple[str, str, float]],
) -> None:
    expected, outputs = [row[0] for row in drawn], [row[1] for row in drawn]
    if not drawn:
        return
    matrix = confusion_matrix(expected, outputs, labels=LABELS)
    for found in group(labels(expected), answers(list(outputs)), limit=20):
        if found.predicted:
            cell = matrix[LABELS.index(found.expected), LABELS.index(found.predicted)]
            assert found.count == cell


@given(st.permutations([("a", "b")] * 4 + [("b", "c")] * 3 + [("c", "a")] * 2 + [("d", "a")]))
def test_the_order_of_the_rows_does_not_matter(shuffled: list[tuple[str, str]]) -> None:
    groups = group(labels([e for e, _ in shuffled]), answers([p for _, p in shuffled]), limit=2)
    assert Counter({g.name: g.count for g in groups}) == Counter(
        {"a taken for b": 4, "b taken for c": 3, "other mistakes": 3}
    )
