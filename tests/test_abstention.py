"""A threshold for review: proposed on validation, certified by an exact bound on the test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binom

from rungwise.decision_rule import Certificate, DecisionRule
from rungwise.evaluation.abstention import (
    farthest,
    fewest_answers,
    most_wrong,
    proposed,
    risk_by_coverage,
    upper_bound,
)
from rungwise.evaluation.calibration import calibration_error, fitted_temperature
from rungwise.ledger.state import State
from rungwise.programme import Checked
from rungwise.records import Measurement, ReleaseRecord, TestResult
from rungwise.reporting.certificate import certificate


@pytest.mark.parametrize(("wrong", "answered"), [(0, 59), (3, 161), (41, 1380), (1, 2)])
def test_the_bound_is_the_share_at_which_so_few_errors_have_a_chance_of_five_percent(
    wrong: int, answered: int
) -> None:
    bound = upper_bound(wrong, answered, 0.95)
    assert binom.cdf(wrong, answered, bound) == pytest.approx(0.05, abs=1e-9)


def test_no_answer_and_no_right_answer_promise_nothing() -> None:
    assert upper_bound(0, 0, 0.95) == 1.0
    assert upper_bound(4, 4, 0.95) == 1.0


def test_five_percent_take_59_answers_without_an_error() -> None:
    assert fewest_answers(0.05, 0.95) == 59  # 1 - 0.95 ** 59 > 0.95 > 1 - 0.95 ** 58
    assert most_wrong(58, 0.05, 0.95) == -1
    assert most_wrong(59, 0.05, 0.95) == 0
    assert upper_bound(most_wrong(500, 0.05, 0.95), 500, 0.95) <= 0.05
    assert upper_bound(most_wrong(500, 0.05, 0.95) + 1, 500, 0.95) > 0.05


def test_the_true_error_exceeds_the_bound_in_five_percent_of_draws_at_most() -> None:
    errors = np.random.default_rng(4).binomial(300, 0.04, size=4000)
    above = np.mean([upper_bound(int(k), 300, 0.95) < 0.04 for k in errors])
    assert above <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)


def sure_half() -> tuple[np.ndarray, np.ndarray]:
    """2,000 rows: the sure half has 1 percent of errors, the other half 30."""
    right = np.ones(2000, bool)
    right[:1000:100] = False
    right[1000:1300] = False
    confidence = np.r_[np.linspace(0.99, 0.9, 1000), np.linspace(0.6, 0.3, 1000)]
    return confidence.astype(np.float32), right


def test_a_proposal_answers_most_rows_that_will_probably_be_certified() -> None:
    confidence, right = sure_half()
    found = proposed(confidence, right, 1500, 0.05, 0.95)
    assert found is not None
    assert 0.5 <= found.coverage < 0.56 and found.chance >= 0.9
    given = confidence >= np.float32(found.threshold)
    assert given.mean() == pytest.approx(found.coverage)
    assert (~right[given]).mean() == pytest.approx(found.error)


def test_everything_is_answered_if_so_few_answers_are_wrong_anyway() -> None:
    confidence, right = sure_half()
    found = proposed(confidence[:1000], right[:1000], 1500, 0.05, 0.95)
    assert found is not None and (found.threshold, found.coverage) == (0.0, 1.0)


def test_nothing_is_proposed_that_no_test_part_could_certify() -> None:
    confidence, right = sure_half()
    assert proposed(confidence, right, 58, 0.05, 0.95) is None
    assert proposed(confidence[:0], right[:0], 1500, 0.05, 0.95) is None


def test_rows_of_one_confidence_go_together() -> None:
    confidence = np.full(400, 0.8, np.float32)
    right = np.arange(400) % 8 > 0  # one in eight is wrong: no part of them may be picked
    found = proposed(confidence, right, 400, 0.05, 0.95)
    assert found is None or found.coverage == 1.0


def test_a_share_of_new_rows_is_farther_than_the_quantile() -> None:
    assert farthest(np.arange(1, 100, dtype=np.float32), 0.02) == 98  # rank ⌈100 · 0.98⌉
    assert farthest(np.arange(10, dtype=np.float32), 0.02) is None


def test_risk_and_coverage_of_four_rows() -> None:
    confidence = np.array([0.9, 0.6, 0.6, 0.4], np.float32)
    points = risk_by_coverage(confidence, np.array([True, False, True, False]), 0.95)
    assert [(one, risk) for one, risk, _ in points] == [
        (0.25, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5),
    ]  # fmt: skip


def drawn(temperature: float, rows: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that are too sure by a factor, and labels by the true ones."""
    generator = np.random.default_rng(7)
    logits = generator.normal(size=(rows, 5)) * 2
    true = softmax(logits, axis=1)
    labels = (true.cumsum(axis=1) > generator.random((rows, 1))).argmax(axis=1)
    return softmax(logits * temperature, axis=1).astype(np.float32), labels


@pytest.mark.parametrize("temperature", [0.5, 2.0, 3.0])
def test_the_temperature_of_a_known_distortion_is_found(temperature: float) -> None:
    scores, labels = drawn(temperature)
    found = fitted_temperature(scores, labels)
    assert found == pytest.approx(temperature, rel=0.08)
    rows, best = np.arange(len(labels)), scores.argmax(axis=1)
    scaled = DecisionRule(temperature=found).calibrated(scores)
    assert calibration_error(scaled[rows, best], best == labels) < 0.03
    assert calibration_error(scores[rows, best], best == labels) > 0.08


def test_what_is_calibrated_and_what_is_too_little_stays() -> None:
    scores, labels = drawn(1.0)
    assert fitted_temperature(scores, labels) == pytest.approx(1.0, rel=0.06)
    assert fitted_temperature(scores[:20], labels[:20]) == 1.0
    assert fitted_temperature(scores, np.full(3000, -1)) == 1.0


@pytest.mark.parametrize("wrong", [0, 4])
def test_rows_with_hardly_an_error_do_not_make_a_model_surer(wrong: int) -> None:
    scores = np.full((300, 2), [0.9, 0.1], np.float32)
    labels = np.zeros(300, np.int64)
    labels[:wrong] = 1
    assert fitted_temperature(scores, labels) == 1.0


def test_the_calibration_error_is_the_mean_gap_of_15_bins() -> None:
    confidence = np.array([0.9, 0.9, 0.3], np.float32)
    right = np.array([True, False, False])
    assert calibration_error(confidence, right) == pytest.approx((0.8 + 0.3) / 3)
    assert np.isnan(calibration_error(confidence[:0], right[:0]))


def test_what_was_certified_is_an_estimate_once_drift_is_confirmed() -> None:
    found = Certificate("certified", "Certified.", 0.05, 0.95, 100, 90, 0, 0.03)
    goal = Measurement("accuracy", 0.95, 0.9, 0.98, 100, "test")
    test = TestResult("a1", "s1", 1, goal, (), (), "p", review=found)
    release = ReleaseRecord("v1.0", "a1", "s1", "m", "releases/v1.0", ())
    check = Checked(
        "p", "v1.0", 5, "2026-05-04", {}, 25.0, 20.0, "far", alarm=True, shift="harmful"
    )
    calm = State(tests=(test,), releases=(release,), checks=(replace(check, alarm=False),))
    assert certificate(calm) == found
    harmless = replace(calm, checks=(replace(check, shift="harmless"),))
    assert certificate(harmless) == found  # different is not worse
    now = certificate(replace(calm, checks=(check,)))
    assert now is not None and now.verdict == "estimate"
    assert now.reason.startswith("An estimate since the check of 2026-05-04 confirmed drift.")
    assert certificate(State()) is None
