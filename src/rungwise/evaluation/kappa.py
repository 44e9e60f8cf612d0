"""Cohen's kappa of a judge with people, on a scale or on names, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rungwise.evaluation.bootstrap_intervals import bias_corrected
from rungwise.evaluation.proportions import hidden_errors
from rungwise.evaluation.resampling import drawn_rows
from rungwise.policy import Policy

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kappa:
    """A coefficient with its interval; 1 is full agreement, 0 is chance."""

    value: float
    low: float
    high: float
    items: int


def quadratic_kappa(first: Values, second: Values) -> float | None:
    """Weighted kappa (Cohen 1968) of two raters' points on one scale, aligned (n).

    A disagreement weighs as the square of its distance. With two points it is Cohen's kappa of
    1960. None where it is undefined: both always say the same one thing.
    """
    found = _weighted(first, second, np.ones((len(first), 1)))[0]
    return None if np.isnan(found) else float(found)


def kappa_interval(first: Values, second: Values, policy: Policy) -> Kappa | None:
    """The weighted kappa with a bootstrap interval over items; None where it is undefined.

    Where the two never differ every resample says 1. The low end is then the kappa at the largest
    share of full disagreement that as many agreements in a row leave open.
    """
    value = quadratic_kappa(first, second)
    if value is None:
        return None
    items = len(first)
    if value == 1:
        hidden = hidden_errors(items, policy.confidence) / items
        low = max(-1.0, 1 - hidden * float(np.ptp(first)) ** 2 / _by_chance(first, second))
        return Kappa(value, low, 1.0, items)
    drawn = np.concatenate(
        [_weighted(first, second, weights) for weights in drawn_rows(items, policy)]
    )
    low, high = bias_corrected(drawn, value, policy.confidence)
    return Kappa(value, low, high, items)


def _weighted(first: Values, second: Values, weights: NDArray[np.floating]) -> Values:
    """Kappa under each weighting of the items (resamples); NaN where it is undefined."""
    shares = weights.astype(np.float64) / weights.sum(axis=0, dtype=np.float64)
    apart = ((first - second) ** 2) @ shares
    # The mean squared distance of two independent draws needs means and squares alone.
    chance = (first**2) @ shares + (second**2) @ shares - 2 * (first @ shares) * (second @ shares)
    kappa: Values = np.full(shares.shape[1], np.nan)
    known = chance > 1e-12
    kappa[known] = 1 - apart[known] / chance[known]
    return kappa


def _by_chance(first: Values, second: Values) -> float:
    """Mean squared distance of two points drawn from the two raters independently."""
    return float(np.mean((first[:, None] - second[None, :]) ** 2))
