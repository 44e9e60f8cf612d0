"""Quality of requests without labels: an estimate with an interval, or *unknown*.

Held-out rows tell how often the release is right at a confidence and at a distance from its
reference; the mean over the requests is the estimate (the correctness estimator of Pouget, Yaghini,
Rabanser and Papernot 2025, "Suitability filter"; Guillory, Shankar, Ebrahimi, Darrell and Schmidt
2021, "Predicting with confidence on unseen distributions"). Its interval includes that the held-out
rows are few and that the requests are a sample. Of the requests that are farther away than nearly
all held-out rows, only as many as were to be expected have their like among these: at the low end
the others count as wrong.

It assumes that an answer given with the same confidence, at the same distance, is as often right
as before. If what is right changes while requests look the same, only labels can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rungwise.percent import percent

Floats = NDArray[np.float64]

LEAST_ERRORS = 5
"""Fewer wrong held-out rows, or fewer right ones, do not tell when the release is wrong."""
WIDEST = 0.15
"""A wider interval is answered with *unknown*."""
FAR = 0.02
"""Share of held-out rows that count as far."""
MOST_FAR = 0.35
"""Share of far requests from which the answer is *unknown*."""
RIDGE = 0.5
"""Weight decay of the slopes, for features of unit variance: as much as two rows would say."""


@dataclass(frozen=True, slots=True)
class QualityEstimate:
    """Share of right answers among the requests.

    Attributes:
        value, low, high: Estimate and interval; NaN, 0 and 1 if unknown.
        far: Share of requests that are farther away than 98 % of the held-out rows.
        unknown: Why there is no estimate; empty if there is one.
    """

    value: float
    low: float
    high: float
    far: float
    unknown: str = ""


def estimate_quality(
    held_out: tuple[Floats, Floats, NDArray[np.bool_]],
    requests: tuple[Floats, Floats],
    confidence: float = 0.95,
) -> QualityEstimate:
    """Estimate the quality of requests from their confidence and distance.

    Args:
        held_out: Confidence, distance and whether the answer is right, of rows that did not train
            the release, each (rows,). Distances are 0 if the release has no embeddings.
        requests: Confidence and distance, each (requests,).
        confidence: Of the interval.
    """
    sure, distance, right = held_out
    wrong = int((~right).sum())
    if not len(requests[0]):
        return _unknown("there are no requests", 0.0)
    beyond = requests[1] > (np.quantile(distance, 1 - FAR) if len(distance) else np.inf)
    far = float(beyond.mean())
    if min(wrong, len(right) - wrong) < LEAST_ERRORS:
        kind = "wrong" if wrong < LEAST_ERRORS else "right"
        return _unknown(f"fewer than {LEAST_ERRORS} held-out answers are {kind}", far)
    if far > MOST_FAR:
        return _unknown(
            f"{percent(far)} of the requests are farther away than {percent(1 - FAR)} of the "
            "held-out rows",
            far,
        )
    features, scale = _features(sure, distance)
    asked, _ = _features(*requests, scale)
    weights, covariance = _fit(features, right.astype(np.float64))
    chance = _logistic(asked @ weights)
    slope = (chance * (1 - chance)) @ asked / len(chance)
    variance = slope @ covariance @ slope + (chance * (1 - chance)).sum() / len(chance) ** 2
    half = NormalDist().inv_cdf((1 + confidence) / 2) * float(np.sqrt(variance))
    value = float(chance.mean())
    expected = min(1.0, FAR / far) if far else 1.0
    low = max(0.0, float((chance * np.where(beyond, expected, 1.0)).mean()) - half)
    high = min(1.0, value + half)
    if high - low > WIDEST:
        return _unknown(f"the interval from {low:.3f} to {high:.3f} is too wide to act on", far)
    return QualityEstimate(value, low, high, far)


def kind_of_shift(
    estimate: QualityEstimate, promise: float
) -> Literal["harmful", "harmless", "unknown"]:
    """Whether requests that differ are also answered worse: *different* is not *worse*.

    Args:
        estimate: Of the requests since they differ. An interval from labels is better, if any.
        promise: Quality that was promised, less the tolerated drop.
    """
    if estimate.unknown:
        return "unknown"
    if estimate.high < promise:
        return "harmful"
    return "harmless" if estimate.low >= promise else "unknown"


def _unknown(reason: str, far: float) -> QualityEstimate:
    return QualityEstimate(float("nan"), 0.0, 1.0, far, reason)


def _features(
    sure: Floats, distance: Floats, scale: tuple[Floats, Floats] | None = None
) -> tuple[Floats, tuple[Floats, Floats]]:
    """A constant, the logit of the confidence, and the distance, of unit variance (rows, 3)."""
    clipped = np.clip(sure, 1e-4, 1 - 1e-4)
    columns: Floats = np.stack([np.log(clipped / (1 - clipped)), distance], axis=1)
    if scale is None:
        centre: Floats = columns.mean(axis=0)
        spread: Floats = columns.std(axis=0)
        spread[spread < 1e-9] = 1.0
        scale = centre, spread
    unit = (columns - scale[0]) / scale[1]
    return np.concatenate([np.ones((len(unit), 1)), unit], axis=1), scale


def _fit(features: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Logistic regression by Newton's method: weights, and their covariance."""
    decay = np.diag([0.0, RIDGE, RIDGE])
    share = right.mean()
    weights = np.array([np.log(share / (1 - share)), 0.0, 0.0])
    for _ in range(50):
        chance = _logistic(features @ weights)
        curvature = (features * (chance * (1 - chance))[:, None]).T @ features + decay
        step = np.linalg.solve(curvature, features.T @ (right - chance) - decay @ weights)
        weights = weights + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    covariance = np.asarray(np.linalg.inv(curvature), dtype=np.float64)
    return weights, covariance


def _logistic(values: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-np.clip(values, -500, 500)))
    return chance
