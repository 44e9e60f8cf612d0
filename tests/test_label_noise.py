"""Wrong labels planted among labels that a model is unsure of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from rungwise.evaluation.confused import confused
from rungwise.evaluation.label_noise import doubts
from rungwise.evaluation.ratings import Floats, Integers
from rungwise.policy import Policy

Truth = NDArray[np.bool_]


def planted(
    slips: float, hard: float, seed: int, rows: int = 3000, classes: int = 8
) -> tuple[Floats, Integers, Truth]:
    """Labels drawn from known probabilities, some replaced: (scores, given, wrong)."""
    generator = np.random.default_rng(seed)
    logits = (
        generator.standard_normal((rows, classes))
        * np.where(generator.random(rows) < hard, 1.0, 6.0)[:, None]
    )
    scores = np.exp(logits)
    scores /= scores.sum(1, keepdims=True)
    truth = (scores.cumsum(1) > generator.random((rows, 1))).argmax(1)
    wrong = generator.random(rows) < slips
    labels = np.where(wrong, (truth + generator.integers(1, classes, rows)) % classes, truth)
    return scores, labels, wrong


@pytest.mark.parametrize("slips", [0.05, 0.15])
def test_slips_are_found_and_hard_rows_are_not_taken_for_them(slips: float) -> None:
    scores, labels, wrong = planted(slips, hard=0.3, seed=1)
    found = doubts(scores, labels)
    easy = scores.max(1) > 0.95
    assert found.flagged[wrong & easy].mean() > 0.95
    # No more is listed or counted in vain than the part that is taken from the literature.
    assert (found.flagged & ~wrong).mean() < 0.033
    assert abs(found.wrong.sum() / len(wrong) - wrong.mean()) < 0.033


def test_the_probability_is_one_that_comes_true() -> None:
    scores, labels, wrong = planted(0.1, hard=0.2, seed=3, rows=20_000)
    told = doubts(scores, labels).wrong
    sure = told > 0.8
    assert sure.sum() > 1000
    assert abs(told[sure].mean() - wrong[sure].mean()) < 0.06


def test_a_model_that_is_too_sure_is_brought_to_its_temperature() -> None:
    scores, labels, _ = planted(0.0, hard=1.0, seed=2)
    sharpened = scores**3
    sharpened /= sharpened.sum(1, keepdims=True)
    assert doubts(sharpened, labels).temperature == pytest.approx(3, rel=0.25)


def test_what_the_model_agrees_with_is_not_flagged() -> None:
    scores = np.full((40, 3), 0.05)
    labels = np.arange(40) % 3
    scores[np.arange(40), labels] = 0.9
    assert not doubts(scores, labels).flagged.any()


@given(
    arrays(np.float64, (12, 3), elements=st.floats(0, 1)),
    arrays(np.int64, 12, elements=st.integers(0, 2)),
)
def test_whatever_the_probabilities_the_answer_is_finite(scores: Floats, labels: Integers) -> None:
    found = doubts(scores, labels)
    assert np.isfinite(found.wrong).all()
    assert (found.wrong >= 0).all() and (found.wrong <= 1).all()
    assert (found.suggested != labels).all()


def test_no_rows_give_no_doubts() -> None:
    assert len(doubts(np.empty((0, 2)), np.empty(0, np.int64)).wrong) == 0


# ── pairs ────────────────────────────────────────────────────────────────────────────────
def answered(there: int, back: int) -> tuple[Floats, Integers]:
    """Three classes of 100; so many of the first are answered as the second, and back."""
    labels = np.repeat([0, 1, 2], 100)
    said = labels.copy()
    said[:there] = 1
    said[100 : 100 + back] = 0
    return np.eye(3)[said], labels


def test_a_pair_counts_in_both_directions_only() -> None:
    policy = Policy()
    (pair,) = confused(*answered(20, 10), policy)
    assert (pair.ends, pair.taken, pair.rows, pair.share) == ((0, 1), (20, 10), (100, 100), 0.15)
    assert confused(*answered(30, 0), policy) == []
    assert confused(*answered(40, 5), policy) == []  # a sink, not a pair
    assert confused(*answered(3, 3), policy) == []  # 3 % of the rows
