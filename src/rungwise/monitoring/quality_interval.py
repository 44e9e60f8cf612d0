"""An anytime-valid interval of quality from spot checks.

The interval holds every error rate that no bettor has grown rich against: for each candidate rate,
half of the capital bets that the true one is higher and half that it is lower, and a rate is
excluded once the capital reaches 1 / (1 - confidence) (the hedged capital of Waudby-Smith and
Ramdas 2024, "Estimating means of bounded random variables by betting"). It may be looked
at after every label. It is about one error rate: of a week, or of the weeks over which quality was
the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rungwise.monitoring.spot_checks import Draws, effective_labels

Floats = NDArray[np.float64]

GRID = np.linspace(0.0005, 0.9995, 1000)
"""Error rates that are tried; the interval is widened by half a step."""
HALF_STEP = 0.0005
SIZES = np.geomspace(0.02, 0.8, 8)
"""Bets, as shares of the largest that no label can ruin; the capital is divided among them."""


@dataclass(frozen=True, slots=True)
class QualityInterval:
    """Quality as spot checks show it.

    Attributes:
        value: Unbiased estimate if all drawn rows are labelled; NaN without labels.
        low, high: Anytime-valid interval.
        labels: Settled labels.
        missing: Drawn rows without one: counted as wrong for `low`, and as right for `high`.
        effective: Uniform labels that would tell as much.
    """

    value: float
    low: float
    high: float
    labels: int
    missing: int
    effective: float


def quality_interval(
    weeks: Sequence[tuple[Draws, Floats]], confidence: float = 0.95
) -> QualityInterval:
    """Read the labels of some weeks.

    Args:
        weeks: Draws and their errors (0 right, 1 wrong, NaN without a settled label).
        confidence: Of the interval, over all times at which it is looked at.
    """
    pairs = [pair for pair in weeks if len(pair[1])]
    if not pairs:
        return QualityInterval(float("nan"), 0.0, 1.0, 0, 0, 0.0)
    errors = np.concatenate([errors for _, errors in pairs])
    known = ~np.isnan(errors)
    right, wrong, values = (
        np.concatenate([draws.values(np.where(np.isnan(errors), fill, errors))
                        for draws, errors in pairs])
        for fill in (0.0, 1.0, np.nan)
    )  # fmt: skip
    floor = np.concatenate([draws.floor for draws, _ in pairs])
    ceiling = np.concatenate([draws.ceiling for draws, _ in pairs])
    low_error, _ = _ends(right, floor, ceiling, confidence)
    _, high_error = _ends(wrong, floor, ceiling, confidence)
    told = values[known]
    return QualityInterval(
        float(np.clip(1 - told.mean(), 0, 1)) if known.any() else float("nan"),
        1 - high_error,
        1 - low_error,
        int(known.sum()),
        int((~known).sum()),
        effective_labels(told) if known.sum() > 1 else float(known.sum()),
    )


def _ends(values: Floats, floor: Floats, ceiling: Floats, confidence: float) -> tuple[float, float]:
    """Smallest and largest error rate of `GRID` that the labels so far do not exclude.

    What earlier labels excluded is not kept out for ever: if quality moves, ends that were
    true once would contradict each other.
    """
    needed = np.log(2 / (1 - confidence))
    above = _capital(values[:, None] - GRID, GRID - floor[:, None])
    below = _capital(GRID - values[:, None], ceiling[:, None] - GRID)
    too_low, too_high = above >= needed, below >= needed
    # Capital against a rate falls as the rate moves towards the values, so the sets are half-lines.
    low = GRID[too_low].max() - HALF_STEP if too_low.any() else 0.0
    high = GRID[too_high].min() + HALF_STEP if too_high.any() else 1.0
    return (float(low), float(high)) if low <= high else (float(high), float(low))


def _capital(gains: Floats, worst: Floats) -> Floats:
    """Log capital after the last label, for each rate (rates,)."""
    largest = 1 / np.maximum(worst, 1e-6)
    paths = [np.log1p(size * largest * gains).sum(axis=0) for size in SIZES]
    total: Floats = special.logsumexp(np.stack(paths), axis=0) - np.log(len(SIZES))
    return total
