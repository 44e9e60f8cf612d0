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


def cohen_kappa(first: Values, second: Values, *, names: bool = False) -> float | None:
    """Weighted kappa (Cohen 1968) of two raters' points on one scale, aligned (n).

    A disagreement weighs as the square of its distance, or where the points are `names` alike,
    which is Cohen's kappa of 1960. With two points both are the same. None where it is undefined:
    both always say the same one thing.
    """
    found = _weighted(*_places(first, second, names), np.ones((len(first), 1)))[0]
    return None if np.isnan(found) else float(found)


def kappa_interval(
    first: Values, second: Values, policy: Policy, *, names: bool = False
) -> Kappa | None:
    """The same with a bootstrap interval over items; None where it is undefined.

    Where the two never differ every resample says 1. The low end is then the kappa at the largest
    share of full disagreement that as many agreements in a row leave open.
    """
    value = cohen_kappa(first, second, names=names)
    if value is None:
        return None
    items, (one, other) = len(first), _places(first, second, names)
    if value == 1:
        hidden = hidden_errors(items, policy.confidence) / items
        apart = ((one[:, None] - other[None, :]) ** 2).sum(axis=2)
        low = max(-1.0, 1 - hidden * float(apart.max()) / float(apart.mean()))
        return Kappa(value, low, 1.0, items)
    drawn = np.concatenate(
        [_weighted(one, other, weights) for weights in drawn_rows(items, policy)]
    )
    low, high = bias_corrected(drawn, value, policy.confidence)
    return Kappa(value, low, high, items)


def _places(first: Values, second: Values, names: bool) -> tuple[Values, Values]:
    """Points as places (n, dimensions): along a line, or names each at distance 1 of all others."""
    if not names:
        return first[:, None], second[:, None]
    known, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    corners = np.eye(len(known))[codes] * np.sqrt(0.5)
    return corners[: len(first)], corners[len(first) :]


def _weighted(first: Values, second: Values, weights: NDArray[np.floating]) -> Values:
    """Kappa under each weighting of the items (resamples); NaN where it is undefined."""
    shares = weights.astype(np.float64) / weights.sum(axis=0, dtype=np.float64)
    apart = ((first - second) ** 2).sum(axis=1) @ shares
    # The mean squared distance of two independent draws needs means and squares alone.
    squares = (first**2 + second**2).sum(axis=1) @ shares
    chance = squares - 2 * ((first.T @ shares) * (second.T @ shares)).sum(axis=0)
    kappa: Values = np.full(shares.shape[1], np.nan)
    known = chance > 1e-12
    kappa[known] = 1 - apart[known] / chance[known]
    return kappa
