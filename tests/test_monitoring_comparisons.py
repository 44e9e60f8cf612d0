"""Quality without labels, and challengers: what is known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rungwise.monitoring.challenger import challenge, labels_needed
from rungwise.monitoring.quality_estimate import (
    QualityEstimate,
    estimate_quality,
    kind_of_shift,
)


def deployment(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Calibrated confidence from .5 to 1, distances that tell nothing, and right answers."""
    generator = np.random.default_rng(seed)
    confidence = generator.uniform(0.7, 1, rows)
    return confidence, generator.uniform(0, 0.3, rows), generator.random(rows) < confidence


def test_the_estimate_follows_the_confidence() -> None:
    held_out = deployment(3000, 1)
    doubtful = np.full(2000, 0.75), np.full(2000, 0.1)
    found = estimate_quality(held_out, doubtful)
    assert found.value == pytest.approx(0.75, abs=0.04)
    assert found.low < 0.75 < found.high
    assert not found.unknown


def test_rows_unlike_all_others_count_as_wrong_at_the_low_end() -> None:
    held_out = deployment(3000, 1)
    confidence, distance, _ = deployment(1000, 2)
    distance[:100] = 0.9
    alike = estimate_quality(held_out, deployment(1000, 2)[:2])
    mixed = estimate_quality(held_out, (confidence, distance))
    assert mixed.low < alike.low - 0.04
    # 12 % are far: the tenth added, and 2 % of the others.
    assert mixed.far == pytest.approx(0.12, abs=0.02)
    distance[:600] = 0.9
    assert "farther away" in estimate_quality(held_out, (confidence, distance)).unknown


@pytest.mark.parametrize(
    ("rows", "wrong", "requests", "reason"),
    [(100, 2, 50, "fewer than 5 held-out answers are wrong"),
     (100, 97, 50, "fewer than 5 held-out answers are right"),
     (0, 0, 50, "fewer than 5"), (100, 10, 0, "no requests"), (40, 9, 20, "too wide")],
)  # fmt: skip
def test_unknown_says_why(rows: int, wrong: int, requests: int, reason: str) -> None:
    right = np.arange(rows) >= wrong
    held_out = np.full(rows, 0.9), np.zeros(rows), right
    found = estimate_quality(held_out, (np.full(requests, 0.9), np.zeros(requests)))
    assert reason in found.unknown
    assert (found.low, found.high) == (0, 1)
    assert kind_of_shift(found, 0.9) == "unknown"


def test_different_is_not_worse() -> None:
    assert kind_of_shift(QualityEstimate(0.93, 0.91, 0.95, 0.1), 0.9) == "harmless"
    assert kind_of_shift(QualityEstimate(0.80, 0.75, 0.85, 0.1), 0.9) == "harmful"
    assert kind_of_shift(QualityEstimate(0.90, 0.87, 0.93, 0.1), 0.9) == "unknown"


@given(won=st.integers(0, 30), lost=st.integers(0, 30), both=st.integers(1, 50))
def test_uniform_rows_are_judged_by_the_sign_test(won: int, lost: int, both: int) -> None:
    champion = np.array([False] * won + [True] * lost + [True] * both)
    challenger = np.array([True] * won + [False] * lost + [True] * both)
    found = challenge(champion, challenger)
    expected = stats.binomtest(won, won + lost, alternative="greater").pvalue if won + lost else 1
    assert found.p_value == pytest.approx(expected)
    assert found.better == (found.low > 0) or found.p_value == pytest.approx(0.05)
    assert found.gain == pytest.approx((won - lost) / len(champion))


def test_weights_take_back_what_doubts_favour() -> None:
    """30 wins among doubtful rows of weight 1/4, 15 losses among sure rows of weight 3."""
    champion = np.array([False] * 30 + [True] * 15 + [True] * 255)
    challenger = np.array([True] * 30 + [False] * 15 + [True] * 255)
    weight = np.array([0.25] * 30 + [3.0] * 15 + [1.0] * 255)
    assert challenge(champion, challenger).better
    found = challenge(champion, challenger, weight)
    assert found.gain == pytest.approx((30 * 0.25 - 15 * 3) / 300)
    assert not found.better
    assert found.low < found.gain
    assert challenge(champion, champion, weight).p_value == 1


def test_labels_needed_by_hand() -> None:
    # ((1.645 × √.15 + 1.036 × √.1475) / .05)² = (1.0350 / .05)² ≈ 428.5
    assert labels_needed(0.15, 0.05) == 429
    assert labels_needed(0.05, 0.05) < labels_needed(0.10, 0.05)
    with pytest.raises(ValueError, match="impossible"):
        labels_needed(0.05, 0.1)
    with pytest.raises(ValueError, match="cannot be compared"):
        challenge(np.array([], dtype=bool), np.array([], dtype=bool))
