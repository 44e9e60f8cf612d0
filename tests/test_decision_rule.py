"""One place turns probabilities into label, confidence and review."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from rungwise.decision_rule import Decided, DecisionRule, gathered
from rungwise.plain_json import from_json, to_json

CLASSES = ("damaged", "late", "whole")
SHARES = np.array([[0.5, 0.3, 0.2], [0.3, 0.1, 0.6], [0.1, 0.5, 0.4]], np.float32)


def review(decided: Decided) -> list[bool]:
    assert decided.review is not None
    return [bool(one) for one in decided.review]


def test_without_thresholds_the_most_probable_class_is_answered_and_nothing_is_reviewed() -> None:
    decided = DecisionRule().decide(SHARES, CLASSES, None, np.ones(3, np.float32))
    assert decided.labels.tolist() == [0, 2, 1]
    assert decided.confidence.tolist() == pytest.approx([0.5, 0.6, 0.5])
    assert decided.review is None


def test_a_class_is_answered_from_its_own_threshold_and_the_best_other_one_below_it() -> None:
    eager = DecisionRule(label="damaged", least=0.3).decide(SHARES, CLASSES)
    assert eager.labels.tolist() == [0, 0, 1]
    assert eager.confidence.tolist() == pytest.approx([0.5, 0.3, 0.5])
    wary = DecisionRule(label="damaged", least=0.55).decide(SHARES, CLASSES)
    assert wary.labels.tolist() == [1, 2, 1]


def test_review_acts_on_the_confidence_of_the_label_that_the_threshold_decided() -> None:
    rule = DecisionRule(label="damaged", least=0.3, review=0.4)
    assert review(rule.decide(SHARES, CLASSES)) == [False, True, False]


def test_a_far_row_goes_to_review_however_confident_the_answer() -> None:
    rule = DecisionRule(review=0.4, distance=0.5)
    far = np.array([0.1, 0.9, 0.5], np.float32)
    assert review(rule.decide(SHARES, CLASSES, None, far)) == [False, True, False]
    assert review(rule.decide(SHARES, CLASSES)) == [False, False, False]


def test_a_temperature_divides_the_logits() -> None:
    logits = np.random.default_rng(1).normal(size=(50, 4)) * 3
    scores = softmax(logits, axis=1).astype(np.float32)
    for temperature in (0.5, 2.0, 7.0):
        expected = softmax(logits / temperature, axis=1)
        found = DecisionRule(temperature=temperature).calibrated(scores)
        assert found == pytest.approx(expected, abs=1e-5)


def test_no_temperature_changes_a_label() -> None:
    near = np.float32(1) / 3
    scores = np.array(
        [
            [near, np.nextafter(near, np.float32(1)), near],  # apart by the last bit
            [0, 0, 1],
            [0, 1e-30, 1 - 1e-7],
            [0.5, 0.5, 0],
        ],
        np.float32,
    )
    for temperature in (0.05, 0.7, 3.0, 50.0):
        found = DecisionRule(temperature=temperature).calibrated(scores)
        assert found.argmax(axis=1).tolist() == scores.argmax(axis=1).tolist()
        assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_rows_of_several_batches_become_one_answer() -> None:
    rule = DecisionRule(review=0.55)
    one = rule.decide(SHARES, CLASSES, np.eye(3, dtype=np.float32), np.arange(3, dtype=np.float32))
    other = rule.decide(SHARES[::-1].copy(), CLASSES)
    mixed = gathered([(one, 2), (other, 2), (one, 1)])
    assert mixed.labels.tolist() == [1, 0, 2]
    assert review(mixed) == [True, True, False]
    assert mixed.distances is None  # one batch has none
    distances = gathered([(one, 2), (one, 0)]).distances
    assert distances is not None and distances.tolist() == [2, 0]


def test_a_rule_is_plain_data() -> None:
    rule = DecisionRule(1.5, "damaged", 0.2, 0.7, 0.4)
    assert from_json(DecisionRule, to_json(rule)) == rule
    empty = DecisionRule(label="damaged", least=0.3).decide(SHARES[:0], CLASSES)
    assert len(empty.labels) == len(empty.confidence) == 0
