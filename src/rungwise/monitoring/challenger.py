"""Is the challenger better than the champion, on the same labelled requests?

Uniform draws are judged by the exact one-sided sign test on the rows where only one of the two is
right (McNemar 1947). Rows drawn by the champion's doubts hold more of the rows that the champion
gets wrong, so they favour any challenger; their differences count by the inverse of the
probability of the draw (Horvitz and Thompson 1952). Losses where the champion is confident are
then drawn rarely and count much, so a t-test proposes too often. The bound of Gaffke (2005, "Three
test statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative variable";
Learned-Miller and Thomas 2019) puts one more loss beside the drawn rows. Its own would have the
largest weight that a draw can have; simulations of equal models showed that the largest weight of
a drawn loss is enough, at more power.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

CHANCE = 0.05
"""Probability of proposing a challenger that is no better."""
POWER = 0.85
MEANS = 2000
"""Random means of weighted differences; the standard error of a p-value of .05 is .005."""
PIECE = 500


@dataclass(frozen=True, slots=True)
class Challenge:
    """The comparison.

    Attributes:
        gain: Estimated gain in quality, 0 to 1; negative if the challenger is worse.
        low: Lower end of its one-sided interval.
        p_value: One-sided, for a gain of at most 0.
        labels: Rows that both answered.
        won, lost: Rows where only the challenger, or only the champion, is right (scores more).
    """

    gain: float
    low: float
    p_value: float
    labels: int
    won: int
    lost: int

    @property
    def better(self) -> bool:
        """Whether the challenger is better beyond noise."""
        return self.p_value <= CHANCE


def challenge(
    champion: NDArray[np.bool_] | Floats,
    challenger: NDArray[np.bool_] | Floats,
    weight: Floats | None = None,
) -> Challenge:
    """Compare both on the same rows, once, when the planned labels are there.

    Args:
        champion: Whether it is right on each row (rows,), or what each row scores, 0 to 1.
        challenger: The same of the challenger.
        weight: Inverse probability of each draw, with mean 1 (`Draws.weight`); None: uniform.

    Raises:
        ValueError: There are no rows, or their numbers differ.
    """
    rows = len(champion)
    if not rows or champion.shape != challenger.shape:
        raise ValueError(f"{rows} and {len(challenger)} answers cannot be compared")
    values = challenger.astype(np.float64) - champion
    won, lost = int((values > 0).sum()), int((values < 0).sum())
    if weight is not None and not np.allclose(weight, 1):
        return _weighted(values * weight, float(weight.max()), won, lost)
    if not np.isin(values, (-1, 0, 1)).all():  # scores between right and wrong
        return _weighted(values, 1.0, won, lost)
    gain = float(values.mean())
    share = special.betaincinv(won, lost + 1, CHANCE) if won else 0.0
    low = (2 * float(share) - 1) * (won + lost) / rows
    return Challenge(gain, low, _sign(won, lost), rows, won, lost)


def labels_needed(disagreement: float, gain: float, power: float = POWER) -> int:
    """Paired uniform labels with which a challenger of this gain is proposed with this power.

    Args:
        disagreement: Share of requests on which exactly one of the two is right.
        gain: What the challenger is better by, 0 to 1.
        power: Probability that it is proposed.

    Raises:
        ValueError: The gain is not between 0 and the disagreement.
    """
    if not 0 < gain <= disagreement <= 1:
        raise ValueError(f"a gain of {gain} is impossible with a disagreement of {disagreement}")
    normal = NormalDist()
    noise = normal.inv_cdf(1 - CHANCE) * math.sqrt(disagreement)
    noise += normal.inv_cdf(power) * math.sqrt(max(disagreement - gain * gain, 0.0))
    return math.ceil((noise / gain) ** 2)


def _sign(won: int, lost: int) -> float:
    """Probability of as many wins if wins and losses are equally likely."""
    return float(special.bdtrc(won - 1, won + lost, 0.5)) if won else 1.0


def _weighted(values: Floats, heaviest: float, won: int, lost: int) -> Challenge:
    """Gaffke's test: means of the values and one more loss, under random weights that sum to 1.

    The random weights have the same seed always, so the same rows give the same verdict.
    """
    lowest = float(values.min()) if lost else -heaviest
    generator = np.random.default_rng(len(values))
    means = []
    for _ in range(MEANS // PIECE):
        drawn = generator.standard_exponential((PIECE, len(values) + 1))
        means.append((drawn[:, 1:] @ values + drawn[:, 0] * lowest) / drawn.sum(axis=1))
    mixed = np.concatenate(means)
    p_value = (1 + int((mixed <= 0).sum())) / (1 + len(mixed))
    low = float(np.quantile(mixed, CHANCE))
    return Challenge(float(values.mean()), low, p_value, len(values), won, lost)
