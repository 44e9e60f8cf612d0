"""Temperature scaling: confidence that is as often right as it says.

One number divides the logits (Guo et al. 2017, "On Calibration of Modern Neural Networks"): the
order of the classes stays, so no label changes. It is fitted to rows that the model did not learn
from, by the log-loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rungwise.decision_rule import DecisionRule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rungwise.records import TestResult

RANGE = (0.05, 20.0)
LEAST_ROWS = 30
"""With fewer rows the temperature says more of them than of the model."""
LEAST_WRONG = 5
"""With fewer wrong answers nothing says how sure is too sure: without one, every lower temperature
is likelier still. Then confidence is not raised."""
BINS = 15
STEPS = 60


def fitted_temperature(scores: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature of the lowest log-loss; 1 if it helps no further than chance may.

    It has to lower the calibration error of these rows as well.

    Args:
        scores: Probabilities (n, classes) of rows that the model did not learn from.
        labels: The right class of each row (n); -1 for a label that the model does not know.
    """
    known = labels >= 0
    scores, labels = scores[known], labels[known]
    if len(labels) < LEAST_ROWS or scores.shape[1] < 2:
        return 1.0
    best = scores.argmax(axis=1)
    right, rows = best == labels, np.arange(len(labels))
    logs = np.log(np.maximum(scores.astype(np.float64), np.finfo(np.float32).tiny))
    found = _best(logs, labels)
    # Twofold: each half is measured at the temperature of the other.
    half = np.arange(len(labels)) % 2 == 0
    gain = np.empty(len(labels))
    for part in (half, ~half):
        other = _best(logs[~part], labels[~part])
        gain[part] = _losses(logs[part], labels[part], 1.0) - _losses(
            logs[part], labels[part], other
        )
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    found = round(found, 4)
    if found < 1 and (~right).sum() < LEAST_WRONG:
        return 1.0
    scaled = DecisionRule(temperature=found).calibrated(scores)
    before, after = (calibration_error(one[rows, best], right) for one in (scores, scaled))
    return found if gain.mean() > error and after < before else 1.0


def calibration_error(confidence: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Expected calibration error of the answers as given: 15 equal bins of confidence.

    The mean gap between confidence and share of right answers, weighted by rows; NaN without rows.
    """
    if not len(confidence):
        return float("nan")
    bins = np.clip(np.ceil(confidence.astype(np.float64) * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, right - confidence.astype(np.float64), BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def calibration(result: TestResult) -> str:
    """What the temperature did to the calibration error on the test rows; "" if nobody measured."""
    rule, review = result.rule, result.review
    if rule is None or review is None or review.calibration_before is None:
        return ""
    before, after = review.calibration_before, review.calibration_after
    if rule.temperature == 1.0 or after is None:
        return f"Calibration error {before:.3f} on the test rows; no temperature is used."
    return (
        f"Calibration error {after:.3f} on the test rows at temperature {rule.temperature:.2f}, "
        f"{before:.3f} without it."
    )


def _best(logs: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Golden-section search in the logarithm: the log-loss is convex in 1 / temperature."""
    low, high = (float(np.log(end)) for end in RANGE)
    ratio = (np.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = _mean(logs, labels, left), _mean(logs, labels, right)
    for _ in range(STEPS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = _mean(logs, labels, left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = _mean(logs, labels, right)
        if high - low < 1e-4:
            break
    return float(np.exp((low + high) / 2))


def _mean(logs: NDArray[np.float64], labels: NDArray[np.int64], log_temperature: float) -> float:
    return float(_losses(logs, labels, float(np.exp(log_temperature))).mean())


def _losses(
    logs: NDArray[np.float64], labels: NDArray[np.int64], temperature: float
) -> NDArray[np.float64]:
    """Negative log probability of each right label (n) at a temperature."""
    scaled = logs / temperature
    top = scaled.max(axis=1)
    total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
    losses: NDArray[np.float64] = total - scaled[np.arange(len(labels)), labels]
    return losses
