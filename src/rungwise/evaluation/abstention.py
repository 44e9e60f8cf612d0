"""When to ask a person: a confidence threshold, proposed on validation and certified on the test.

Validation proposes one threshold. The test part, opened once, counts the wrong answers among those
that are given; the exact one-sided bound of Clopper and Pearson (1934, "The Use of Confidence or
Fiducial Limits Illustrated in the Case of the Binomial") holds because neither the threshold nor
the model has seen these rows. This is selective classification with a guarantee (Geifman and
El-Yaniv 2017, "Selective Classification for Deep Neural Networks"), with one threshold tried, so
that no correction for many is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rungwise.decision_rule import Proposal

if TYPE_CHECKING:
    from numpy.typing import NDArray

THRESHOLDS = 1000
"""Thresholds that are considered at most."""
CHANCE = 0.9
"""The chance of being certified that a proposed threshold should have, if any has it."""


def upper_bound(wrong: int, answered: int, level: float) -> float:
    """Exact one-sided upper bound of a share; 1 without rows."""
    from scipy.special import betaincinv

    if wrong >= answered:
        return 1.0
    return float(betaincinv(wrong + 1, answered - wrong, level))


def fewest_answers(allowed: float, level: float) -> int:
    """Answers that certify a share of errors if none of them is wrong."""
    return int(np.ceil(np.log1p(-level) / np.log1p(-allowed) - 1e-9))


def most_wrong(answered: int, allowed: float, level: float) -> int:
    """The most wrong answers of so many whose bound is still allowed; -1 if none is."""
    low, high = -1, answered
    while high - low > 1:
        middle = (low + high) // 2
        if upper_bound(middle, answered, level) <= allowed:
            low = middle
        else:
            high = middle
    return low


def proposed(
    confidence: NDArray[np.float32],
    right: NDArray[np.bool_],
    test_rows: int,
    allowed: float,
    level: float,
    far: float = 0.0,
) -> Proposal | None:
    """The threshold that answers most rows and will probably be certified.

    Args:
        confidence: Of each answer (n), on rows that the model did not learn from.
        right: Whether it is (n).
        test_rows: How many rows the test part has.
        allowed: Share of the given answers that may be wrong.
        level: Confidence of the bound.
        far: Share of the rows that will go to review for their distance.

    Returns:
        The largest coverage with a chance of `CHANCE`, else the largest chance; None if the test
        part is too small to certify anything, or no threshold has any chance.
    """
    rows = len(confidence)
    if not len(confidence) or test_rows < fewest_answers(allowed, level):
        return None
    order = np.argsort(-confidence, kind="stable")
    sure, wrong = confidence[order], np.cumsum(~right[order])
    best: Proposal | None = None
    for end in _ends(sure, THRESHOLDS)[::-1].tolist():
        given, failed = end + 1, int(wrong[end])
        answered = int(test_rows * (1 - far) * given / rows)
        chance = _chance(failed, given, answered, allowed, level)
        threshold = 0.0 if given == len(sure) else _between(sure[end], sure[end + 1])
        found = Proposal(threshold, given / rows, failed / given, chance, rows)
        if chance >= CHANCE:
            return found
        if best is None or chance > best.chance:
            best = found
    return best if best is not None and best.chance > 0 else None


def _ends(sure: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """The last row of each run of equal confidences; evenly chosen where there are too many."""
    if not len(sure):
        return np.empty(0, np.int64)
    ends = np.flatnonzero(np.append(sure[1:] < sure[:-1], True))
    chosen = np.unique(np.linspace(0, len(ends) - 1, min(most, len(ends))).round().astype(int))
    kept: NDArray[np.int64] = ends[chosen].astype(np.int64)
    return kept


def _between(above: float, below: float) -> float:
    """A number that float32 keeps apart from both, if there is one: the upper one else."""
    middle = np.float32((np.float64(above) + np.float64(below)) / 2)
    return float(middle if below < middle else np.float32(above))


def _chance(wrong: int, given: int, answered: int, allowed: float, level: float) -> float:
    """That `answered` new rows have few enough wrong answers, if `wrong` of `given` were."""
    from scipy.stats import betabinom

    most = most_wrong(answered, allowed, level)
    if most < 0:
        return 0.0
    return float(betabinom.cdf(most, answered, wrong + 0.5, given - wrong + 0.5))


def farthest(distances: NDArray[np.float32], share: float) -> float | None:
    """The distance that a share of new rows of the same kind exceeds at most, on average.

    The conformal quantile of rows that the reference does not hold; None if they are too few.
    """
    rank = int(np.ceil((len(distances) + 1) * (1 - share)))
    if rank > len(distances):
        return None
    return float(np.sort(distances)[rank - 1])


def risk_by_coverage(
    confidence: NDArray[np.float32], right: NDArray[np.bool_], level: float, points: int = 60
) -> list[tuple[float, float, float]]:
    """Coverage, share of wrong answers and its upper bound, at up to `points` thresholds."""
    order = np.argsort(-confidence, kind="stable")
    sure, wrong = confidence[order], np.cumsum(~right[order])
    rows = len(order)
    return [
        (
            (end + 1) / rows,
            int(wrong[end]) / (end + 1),
            upper_bound(int(wrong[end]), end + 1, level),
        )
        for end in _ends(sure, points).tolist()
    ]
