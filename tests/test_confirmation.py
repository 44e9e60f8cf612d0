"""What so many test rows can confirm: counted, not estimated (R9, C3)."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import binom, norm

from rungwise.evaluation.confirmation import (
    chance_to_confirm,
    confirmed_from,
    fewest_right,
    fewest_rows,
    rows_to_confirm,
)
from rungwise.evaluation.metrics import find
from rungwise.evaluation.proportions import wilson_f1
from rungwise.evaluation.test_outlook import base_of, outlook


def low_end(right: int, rows: int, crit: float) -> float:
    """Wilson's low end as statsmodels computes it (`proportion_confint`, method "wilson")."""
    q = right / rows
    denom = 1 + crit**2 / rows
    center = (q + crit**2 / (2 * rows)) / denom
    dist = crit * math.sqrt(q * (1 - q) / rows + crit**2 / (4 * rows**2)) / denom
    return center - dist


@pytest.mark.parametrize("target", [0.5, 0.7, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_fewest_right_answers_are_those_found_by_trying_all(
    target: float, level: float
) -> None:
    crit = float(norm.isf((1 - level) / 2))
    for rows in [*range(1, 130, 4), 104, 105, 700]:
        tried = [k for k in range(rows + 1) if low_end(k, rows, crit) >= target]
        assert fewest_right(rows, target, level) == min(tried, default=None), rows
    least = fewest_rows(target, level)
    assert fewest_right(least, target, level) == least
    assert fewest_right(least - 1, target, level) is None


def test_the_chance_is_the_tail_of_the_binomial_distribution() -> None:
    for rows, target, true in ((105, 0.95, 0.96), (50, 0.8, 0.9), (1825, 0.95, 0.96)):
        right = fewest_right(rows, target, 0.95)
        assert right is not None
        expected = binom.sf(right - 1, rows, true)
        assert chance_to_confirm(rows, target, true, 0.95) == pytest.approx(expected)
    by_hand = Fraction(96, 100) ** 105  # all of them right
    assert chance_to_confirm(105, 0.95, 0.96, 0.95) == pytest.approx(float(by_hand))
    assert chance_to_confirm(72, 0.95, 0.99, 0.95) == 0.0
    start = confirmed_from(105, 0.95, 0.8, 0.95)
    assert start == pytest.approx(0.8 ** (1 / 105))
    assert confirmed_from(72, 0.95, 0.8, 0.95) is None


@pytest.mark.parametrize(
    ("target", "true"), [(0.95, 0.96), (0.9, 0.93), (0.8, 0.81), (0.99, 0.995), (0.5, 0.53)]
)
@pytest.mark.parametrize("chance", [0.5, 0.8])
def test_rows_to_confirm_are_where_the_exact_chance_crosses(
    target: float, true: float, chance: float
) -> None:
    rows = rows_to_confirm(target, true, chance, 0.95)
    around = np.arange(round(0.85 * rows), round(1.15 * rows), 1 + rows // 2_000)
    exact = [chance_to_confirm(int(one), target, true, 0.95) for one in around]
    first = around[np.argmax(np.array(exact) >= chance)]
    last = around[np.flatnonzero(np.array(exact) < chance).max()]
    assert first <= rows <= last + 10


def test_a_true_value_at_the_target_is_never_confirmed_by_more_rows() -> None:
    with pytest.raises(ValueError, match="no number of rows"):
        rows_to_confirm(0.9, 0.9, 0.5, 0.95)


def test_105_rows_and_95_percent_are_told_as_they_are() -> None:
    (told,) = outlook(find("accuracy"), 0.95, 105, {"a": 60, "b": 40}, 0.95).sentences
    assert "With 105 test rows, accuracy of at least 95 % can be confirmed only if all 105" in told
    assert "At a true 96 % it takes about 1,825 test rows for an even chance, 3,500 for" in told
    (told,) = outlook(find("accuracy"), 0.95, 60, {}, 0.95).sentences
    assert "cannot be confirmed, not even without a mistake: that takes at least 73." in told
    found = outlook(find("accuracy"), 0.9, 1_000, {}, 0.95)
    right = fewest_right(1_000, 0.9, 0.95)
    assert found.numbers["right"] == right and f"only if {right} of them" in found.sentences[0]


def test_recall_rests_on_the_rows_of_its_class() -> None:
    found = outlook(find("recall[toxic]"), 0.9, 300, {"toxic": 10, "fine": 90}, 0.95)
    assert (found.numbers["base"], found.numbers["exact"]) == (30, True)
    assert found.numbers["right"] is None  # 35 are needed
    assert "With about 30 test rows of 'toxic', recall[toxic]" in found.sentences[0]
    assert "at least 35" in found.sentences[0]


def test_the_f1_of_a_class_is_foretold_by_the_interval_that_it_will_get() -> None:
    base = base_of(find("f1[toxic]"), 0.8, 1_000, {"toxic": 10, "fine": 90})
    assert base is not None and base.rows == 100
    right = fewest_right(base.worth, base.share(0.8), 0.95)
    assert right is not None
    assert wilson_f1(right, base.worth, right, 0.95)[0] >= 0.8
    assert wilson_f1(right - 1, base.worth, right - 1, 0.95)[0] < 0.8


def test_a_mean_over_classes_is_worth_the_rows_that_its_variance_says() -> None:
    counts = {"a": 150, "b": 40, "c": 10}
    base = base_of(find("balanced_accuracy"), 0.8, 200, counts)
    assert base is not None and base.approximation
    generator = np.random.default_rng(5)
    recalls = [generator.binomial(n, 0.8, 40_000) / n for n in counts.values()]
    rows = 0.8 * 0.2 / np.mean(recalls, axis=0).var()
    assert base.worth == pytest.approx(rows, rel=0.05)
    even = base_of(find("macro_f1"), 0.8, 200, {"a": 100, "b": 100})
    assert even is not None and even.worth == 200


@pytest.mark.parametrize("metric", ["mcc", "roc_auc", "log_loss", "bleu"])
def test_what_is_no_share_gets_no_number(metric: str) -> None:
    found = outlook(find(metric), 0.5, 100, {"a": 1, "b": 1}, 0.95)
    assert found.numbers["base"] is None
    assert "cannot be told before something is measured" in found.sentences[0]


def test_near_1_the_true_value_is_not_rounded_to_1() -> None:
    (told,) = outlook(find("accuracy"), 0.999, 8_000, {}, 0.95).sentences
    assert "At a true 99.95 %" in told
    assert outlook(find("accuracy"), 1.0, 100, {}, 0.95).sentences == ()
