"""Metrics of probabilities: log loss and calibration error.

Each is prepared once (losses, bins) and then evaluated for many weightings of the
rows at once: `weights` (n, resamples) says how often each row occurs; the result is one value
a resample, NaN where the metric is undefined on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rungwise.evaluation.answers import Answers

Weights = NDArray[Any]
Values = NDArray[np.float64]
Prepared = Callable[[Weights], Values]

BINS = 15
SMALLEST = float(np.finfo(np.float32).eps)
"""A probability below this counts as this: scores are float32, so 1 - p is no finer."""


def log_loss(answers: Answers) -> Prepared:
    """Mean negative log probability of the expected label, in nats.

    A label that the model does not know has probability 0.
    """
    scores, columns = scores_of(answers), _columns(answers)
    known = columns[answers.expected]
    probability = np.where(known >= 0, scores[np.arange(len(answers)), known], 0.0)
    loss = -np.log(np.clip(probability.astype(np.float64), SMALLEST, 1.0))

    def value(weights: Weights) -> Values:
        return divide(_dot(loss, weights), weights.sum(axis=0))

    return value


def expected_calibration_error(answers: Answers) -> Prepared:
    """Mean gap between confidence and accuracy in 15 equal bins.

    Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599: confidence
    is the highest probability, bins are open below and closed above.
    """
    confidence, bins = _binned(answers)
    gap = (answers.outputs == answers.expected) - confidence

    def value(weights: Weights) -> Values:
        total = np.zeros(weights.shape[1])
        for number in np.unique(bins):
            inside = bins == number
            total += np.abs(_dot(gap[inside], weights[inside]))
        return divide(total, weights.sum(axis=0))

    return value


def calibration_noise(answers: Answers, draws: int, seed: int) -> Values:
    """Calibration errors (draws) that a perfectly calibrated model would show on these rows.

    Each bin's gap is then a sum of independent errors, normal with the variance of its rows.
    """
    confidence, bins = _binned(answers)
    variance = np.bincount(bins, confidence * (1 - confidence), BINS)
    gaps = np.abs(np.random.default_rng(seed).normal(size=(draws, BINS)))
    noise: Values = gaps @ np.sqrt(variance) / len(answers)
    return noise


def _binned(answers: Answers) -> tuple[Values, NDArray[np.intp]]:
    """Highest probability of each row, and its bin: open below, closed above."""
    confidence = scores_of(answers).max(axis=1).astype(np.float64)
    bins = np.clip(np.ceil(confidence * BINS).astype(np.intp) - 1, 0, BINS - 1)
    return confidence, bins


def scores_of(answers: Answers) -> NDArray[np.float32]:
    """The probabilities (n, classes)."""
    assert answers.scores is not None, "Metric refuses predictions without scores"
    return answers.scores


def _columns(answers: Answers) -> NDArray[np.intp]:
    """Code of a label → its column in the scores, or -1."""
    place = {label: column for column, label in enumerate(answers.classes)}
    return np.array([place.get(label, -1) for label in answers.labels])


def _dot(values: Values, weights: Weights) -> Values:
    """Weighted sums (resamples), in the precision of the weights."""
    product: Values = values.astype(weights.dtype) @ weights
    return product.astype(np.float64)


def divide(above: Values, below: Values) -> Values:
    """Quotients; NaN where there is nothing to divide by."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
