"""Weighted kappa against scikit-learn, and its interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from rungwise.evaluation.kappa import cohen_kappa, kappa_interval
from rungwise.policy import Policy

POLICY = Policy(resamples=400)
POINTS = st.integers(0, 4)


@given(st.lists(st.tuples(POINTS, POINTS), min_size=2, max_size=40))
def test_quadratic_kappa_is_that_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    first, second = (np.array(column) for column in zip(*rows, strict=True))
    ours = cohen_kappa(first / 4.0, second / 4.0)
    if len(set(first) | set(second)) == 1:
        assert ours is None
        return
    theirs = cohen_kappa_score(first, second, labels=range(5), weights="quadratic")
    assert ours == pytest.approx(theirs, abs=1e-9)


@given(st.lists(st.tuples(POINTS, POINTS), min_size=2, max_size=40))
def test_of_names_it_is_cohens_kappa(rows: list[tuple[int, int]]) -> None:
    first, second = (np.array(column, float) for column in zip(*rows, strict=True))
    if len(set(first) | set(second)) > 1:
        theirs = cohen_kappa_score(first, second)
        assert cohen_kappa(first, second, names=True) == pytest.approx(theirs, abs=1e-9)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=4, max_size=40))
def test_with_two_points_it_is_cohens_kappa(rows: list[tuple[bool, bool]]) -> None:
    first, second = (np.array(column, float) for column in zip(*rows, strict=True))
    if len(set(first) | set(second)) == 2:
        theirs = cohen_kappa_score(first, second)
        assert cohen_kappa(first, second) == pytest.approx(theirs, abs=1e-9)


def test_the_interval_holds_the_value_and_agreement_is_no_point() -> None:
    people = np.array([0.0, 1.0] * 20)
    judge = people.copy()
    judge[:6] = 1 - judge[:6]
    found = kappa_interval(people, judge, POLICY)
    assert found is not None
    assert found.value == pytest.approx(1 - 0.15 / 0.5)  # 6 of 40 differ; by chance half would
    assert found.low < found.value < found.high < 1
    flawless = kappa_interval(people, people, POLICY)
    assert flawless is not None
    assert (flawless.value, flawless.high) == (1, 1)
    hidden = 1 - 0.025 ** (1 / 40)  # Clopper and Pearson: of 40 agreements in a row
    assert flawless.low == pytest.approx(1 - hidden / 0.5)


def test_a_judge_who_always_says_the_same_agrees_by_chance_alone() -> None:
    people = np.array([0.0, 1.0] * 20)
    found = kappa_interval(people, np.ones(40), POLICY)
    assert found is not None and found.value == pytest.approx(0)
    assert kappa_interval(np.ones(40), np.ones(40), POLICY) is None
