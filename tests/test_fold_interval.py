"""Intervals of cross-validated numbers: they hold for the model trained on all rows (R11, C3)."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.made_answers import expected, predicted, simulated

from rungwise.evaluation.fold_interval import fold_difference, fold_interval, fold_p_value
from rungwise.evaluation.intervals import measure, measure_all
from rungwise.evaluation.mcnemar import exact_difference, mcnemar
from rungwise.evaluation.metrics import PLAIN, find
from rungwise.evaluation.paired import compare
from rungwise.evaluation.proportions import wilson
from rungwise.policy import Policy
from rungwise.table import Predictions

POLICY = Policy(resamples=400)
ACCURACY, LOG_LOSS = find("accuracy"), find("log_loss")


def folds(rows: int, count: int = 5) -> pl.Series:
    return pl.Series("fold", [row % count for row in range(rows)], dtype=pl.Int8)


def in_order(predictions: Predictions, order: list[int]) -> Predictions:
    scores = None if predictions.scores is None else predictions.scores[order]
    ids, outputs = predictions.ids.gather(order), predictions.outputs.gather(order)
    return Predictions(ids, outputs, scores, predictions.classes)


def test_the_correction_of_nadeau_and_bengio_for_five_folds() -> None:
    """Their variance is s² (1/J + n2/n1) with J = 5 and n2/n1 = 1/4: 2.25 times s²/J."""
    factor = math.sqrt((1 / 5 + 1 / 4) / (1 / 5))
    assert factor == 1.5
    low, high = fold_difference(ACCURACY, 0.10, 0.04, 0.14, 5)
    assert (low, high) == pytest.approx((0.10 - 1.5 * 0.06, 0.10 + 1.5 * 0.04))


def test_a_value_takes_a_part_of_the_correction_and_the_gain_of_the_last_fold() -> None:
    """Variance 1 + 5/4 / 4; a tenth of 0.2 to go: 1 - √(4/5) = 0.10557."""
    wider, gain = math.sqrt(1.3125), 0.2 * (1 - math.sqrt(0.8))
    low, high = fold_interval(ACCURACY, 0.80, 0.75, 0.84, 5)
    assert low == pytest.approx(0.80 - wider * 0.05)
    assert high == pytest.approx(0.80 + wider * 0.04 + gain)


def test_where_lower_is_better_the_low_end_takes_the_gain() -> None:
    """And probabilities take the whole correction: 1.5 for 5 folds."""
    low, high = fold_interval(LOG_LOSS, 0.5, 0.4, 0.6, 5)
    assert low == pytest.approx(0.5 - 1.5 * 0.1 - 0.5 * (1 - math.sqrt(0.8)))
    assert high == pytest.approx(0.5 + 1.5 * 0.1)


def test_many_folds_leave_no_gain_and_the_smallest_correction() -> None:
    """With a fold a row all models are the last model but for one row; variance 1 + 1/4."""
    low, high = fold_interval(ACCURACY, 0.8, 0.7, 0.9, 10**9)
    assert (low, high) == pytest.approx((0.8 - 0.1 * math.sqrt(1.25), 0.8 + 0.1 * math.sqrt(1.25)))


def test_a_p_value_is_corrected_as_the_interval_is() -> None:
    """A difference of 1.96 standard errors is one of 1.96 / 1.5 = 1.307; two-sided 0.191."""
    assert fold_p_value(0.05, 5) == pytest.approx(0.1913, abs=1e-4)
    assert fold_p_value(1.0, 5) == 1.0
    assert fold_p_value(0.0, 5) == 0.0


@given(
    value=st.floats(0, 1), below=st.floats(0, 1), above=st.floats(0, 1), count=st.integers(1, 20)
)
def test_an_interval_only_grows_and_stays_within_bounds(
    value: float, below: float, above: float, count: int
) -> None:
    naive = value * (1 - below), value + (1 - value) * above
    low, high = fold_interval(ACCURACY, value, *naive, count)
    assert 0 <= low <= naive[0] + 1e-12 and naive[1] - 1e-12 <= high <= 1
    low, high = fold_difference(ACCURACY, value, *naive, count)
    assert -1 <= low <= naive[0] + 1e-12 and naive[1] - 1e-12 <= high <= 1


@pytest.mark.parametrize("name", [*PLAIN, "recall[class 1]", "precision[class 1]", "f1[class 1]"])
@pytest.mark.parametrize("skill", [0.3, 1.5, 9.0])
def test_every_metric_holds_its_value_within_its_bounds(name: str, skill: float) -> None:
    truth, answered = simulated(np.random.default_rng(7), 90, 3, skill)
    metric = find(name)
    naive = measure(metric, truth, answered, "validation", POLICY)
    found = measure(metric, truth, answered, "folds", POLICY, folds(90))
    assert found.value == naive.value and found.rows == naive.rows
    assert naive.low is not None and naive.high is not None
    assert found.low is not None and found.high is not None
    assert found.low <= naive.low <= found.value <= naive.high <= found.high
    assert metric.low is None or found.low >= metric.low
    assert metric.high is None or found.high <= metric.high


def test_accuracy_starts_from_wilson() -> None:
    """60 of 80 rows: Wilson's ends, then as above."""
    low, high = wilson(60, 80, 0.95)
    truth, answered = expected(["a", "b"] * 40), predicted(["a", "b"] * 30 + ["b", "a"] * 10)
    found = measure(ACCURACY, truth, answered, "folds", POLICY, folds(80))
    assert found.low == pytest.approx(0.75 - math.sqrt(1.3125) * (0.75 - low))
    gain = 0.25 * (1 - math.sqrt(0.8))
    assert found.high == pytest.approx(0.75 + math.sqrt(1.3125) * (high - 0.75) + gain)


def test_more_rows_narrow_it() -> None:
    widths = []
    for times in (10, 40, 160):
        truth, answered = expected(["a", "b"] * 2 * times), predicted(["a", "b", "a", "a"] * times)
        found = measure(ACCURACY, truth, answered, "folds", POLICY, folds(4 * times))
        assert found.low is not None and found.high is not None
        widths.append(found.high - found.low)
    assert widths[0] > widths[1] > widths[2]


@pytest.mark.parametrize("name", ["accuracy", "macro_f1", "recall[class 0]"])
def test_the_order_of_the_rows_does_not_matter(name: str) -> None:
    truth, answered = simulated(np.random.default_rng(3), 60, 3, 1.0)
    order = np.random.default_rng(4).permutation(60).tolist()
    fold = folds(60)
    first = measure(find(name), truth, answered, "folds", POLICY, fold)
    again = in_order(answered, order)
    second = measure(find(name), truth.gather(order), again, "folds", POLICY, fold.gather(order))
    assert first.value == pytest.approx(second.value)
    assert (first.low, first.high) == pytest.approx((second.low, second.high))


def test_all_metrics_are_measured_by_folds() -> None:
    truth, answered = simulated(np.random.default_rng(5), 60, 3, 1.0)
    goal, others, by_class = measure_all(ACCURACY, truth, answered, "folds", POLICY, fold=folds(60))
    plain, *_ = measure_all(ACCURACY, truth, answered, "validation", POLICY)
    assert {one.on for one in (goal, *others, *by_class)} == {"folds"}
    assert goal.low is not None and plain.low is not None and goal.low < plain.low
    unknown = {one.metric for one in (*others, *by_class) if one.low is None}
    assert unknown == {"log_loss", "expected_calibration_error"}
    assert measure(LOG_LOSS, truth, answered, "folds", POLICY, folds(60)).low is not None


def test_a_comparison_is_corrected_and_its_p_value_agrees() -> None:
    """12 wins against 2 losses of 100 rows settle it over rows, and not by folds."""
    truth = expected(["a"] * 100)
    first = predicted(["b"] * 12 + ["a"] * 88)
    second = predicted(["a"] * 12 + ["b"] * 2 + ["a"] * 86)
    over_rows = compare(ACCURACY, truth, first, second, POLICY)
    by_folds = compare(ACCURACY, truth, first, second, POLICY, folds(100))
    assert over_rows.settled and over_rows.p_value < 0.05
    assert not by_folds.settled and by_folds.p_value > 0.05
    assert by_folds.difference == over_rows.difference == pytest.approx(0.10)
    assert by_folds.low == pytest.approx(0.10 - 1.5 * (0.10 - over_rows.low))
    assert by_folds.rows_to_settle is not None and by_folds.rows_to_settle > 100


@given(won=st.integers(0, 150), lost=st.integers(0, 150), rows=st.integers(300, 2000))
def test_the_interval_never_contradicts_the_p_value(won: int, lost: int, rows: int) -> None:
    exact = exact_difference(won, lost, rows, 0.95)
    low, high = fold_difference(ACCURACY, (won - lost) / rows, *exact, 5)
    settled = low > 0 or high < 0
    assert not (settled and fold_p_value(mcnemar(won, lost), 5) > 0.05)


def test_rows_of_a_single_fold_can_be_measured() -> None:
    """Such as the few that nearly repeat nothing: the correction of two folds, the largest."""
    truth, answered = expected(["a", "b"] * 5), predicted(["a", "a"] * 5)
    fold = pl.Series("fold", [3] * 10, dtype=pl.Int8)
    found = measure(ACCURACY, truth, answered, "folds", POLICY, fold)
    low, _ = wilson(5, 10, 0.95)
    assert found.low == pytest.approx(0.5 - math.sqrt(1.5) * (0.5 - low))


def test_folds_are_told_of_rows_that_were_answered_out_of_fold_alone() -> None:
    truth, outputs = expected(["a", "b"] * 10), predicted(["a", "a"] * 10)
    fold = folds(20)
    assert measure(ACCURACY, truth, outputs, "folds", POLICY, fold).on == "folds"
    unlearnt = measure(ACCURACY, truth, outputs, "folds", POLICY)
    assert (unlearnt.low, unlearnt.high) == pytest.approx(wilson(10, 20, 0.95))
    with pytest.raises(ValueError, match="not answered by folds"):
        measure(ACCURACY, truth, outputs, "validation", POLICY, fold)
    with pytest.raises(ValueError, match="19 rows of 20 have a fold"):
        measure(ACCURACY, truth, outputs, "folds", POLICY, fold.head(19))
