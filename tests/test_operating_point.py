"""The threshold of a goal of recall: the recall at the best precision."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve

from rungwise.decision_rule import DecisionRule
from rungwise.evaluation.operating_point import OperatingPoint, chosen_point, points
from rungwise.evaluation.proportions import wilson


def low(_: str, right: int, rows: int) -> float:
    return wilson(right, rows, 0.95)[0]


def drawn() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(5)
    positive = generator.random(800) < 0.2
    probability = 1 / (1 + np.exp(-(generator.normal(size=800) + 2.5 * positive - 1)))
    return probability.round(2).astype(np.float32), positive


def test_the_points_are_those_of_scikit_learn() -> None:
    probability, positive = drawn()
    precision, recall, thresholds = precision_recall_curve(positive, probability)
    expected = {
        round(float(at), 4): (one, other)
        for at, one, other in zip(thresholds, recall[:-1], precision[:-1], strict=True)
    }
    found = points(probability, positive, low)
    assert len(found) == len(expected)
    for one in found:
        assert (one.recall, one.precision) == pytest.approx(expected[round(one.least, 4)])


def test_the_best_precision_is_taken_among_the_points_that_clear_the_recall() -> None:
    found = points(*drawn(), low)
    one = chosen_point(found, 0.8, None)
    assert one is not None and one.recall_low >= 0.8
    assert one.precision == max(each.precision for each in found if each.recall_low >= 0.8)


def test_a_precision_that_cannot_be_had_with_the_recall_leaves_the_recall_short() -> None:
    found = points(*drawn(), low)
    one = chosen_point(found, 0.9, 0.85)
    assert one is not None and one.precision_low >= 0.85 and one.recall < 0.9
    assert one.recall == max(each.recall for each in found if each.precision_low >= 0.85)


def test_few_rows_meet_the_recall_by_its_value() -> None:
    probability = np.array([0.9, 0.8, 0.7, 0.1], np.float32)
    positive = np.array([True, True, False, False])
    one = chosen_point(points(probability, positive, low), 0.9, None)
    assert one is not None and one.least == pytest.approx(0.8)
    assert (one.recall, one.precision) == (1.0, 1.0)


@pytest.mark.parametrize("highest", [0.9, 0.134, 1.0])
def test_a_model_that_never_has_the_precision_finds_nothing(highest: float) -> None:
    """It would meet the recall by answering the class to every row, at a precision of a half."""
    probability = np.full(4, highest, np.float32)
    positive = np.array([False, False, True, True])
    never = chosen_point(points(probability, positive, low), 0.9, 0.9)
    assert never is not None and never.recall == 0
    rule = DecisionRule(label="spam", least=never.least)
    scores = np.stack([probability, 1 - probability], axis=1)
    assert (rule.labels(scores, ("spam", "ham")) == 1).all()


def test_without_a_row_of_the_class_there_is_nothing_to_choose() -> None:
    probability = np.array([0.9, 0.8], np.float32)
    assert points(probability, np.zeros(2, bool), low) == []
    assert chosen_point([], 0.9, None) is None
    assert chosen_point([OperatingPoint(0.5, 0.2, 1.0, 0.1, 0.5)], 0.9, None) is not None
