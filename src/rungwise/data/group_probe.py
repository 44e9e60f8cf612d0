"""What a group would change: a nearest-neighbour probe, split at random and by group (R21).

Each row is answered with the label of its nearest row in the other folds. Where rows of one group
(a tile photographed six times) lie in several folds, the nearest row is a sibling, and the score
is memory; with each group whole in one fold it is knowledge. No model is trained, so any features
will do: pixels, embeddings, word weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
BLOCK = 1_000
"""Rows compared with all others at a time, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Accuracy of the nearest neighbour (0 to 1).

    Attributes:
        at_random: With rows divided at random.
        grouped: With every group whole in one fold.
        drop: The difference, `low` to `high` its interval over resampled groups.
    """

    at_random: float
    grouped: float
    drop: float
    low: float
    high: float


def probe(
    features: Floats, labels: Integers, groups: Integers, *,
    seed: int, folds: int = 5, level: float = 0.95, resamples: int = 1000,
) -> Probe:  # fmt: skip
    """Score both ways of splitting.

    Args:
        features: One row of numbers an example, float32 (n, d), compared by Euclidean distance.
        labels: Label numbers (n).
        groups: Group numbers (n).
        seed: Of the folds and of the interval.
        folds: Parts of equal size, each answered from the others.
        level: Coverage of the interval.
        resamples: Bootstrap resamples of whole groups (Davison & Hinkley 1997, section 3.8).
    """
    generator = np.random.default_rng(seed)
    rows = len(labels)
    random_fold = generator.permutation(rows) % folds
    group_fold = _fold_of_groups(groups, folds, generator)
    right = [_answered(features, labels, fold) for fold in (random_fold, group_fold)]
    difference = right[0].astype(np.float64) - right[1]
    number = np.unique(groups, return_inverse=True)[1]
    size, total = np.bincount(number), np.bincount(number, weights=difference)
    drawn = generator.integers(0, len(size), (resamples, len(size)))
    means = total[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Probe(
        float(right[0].mean()), float(right[1].mean()), float(difference.mean()),
        float(low), float(high),
    )  # fmt: skip


def _fold_of_groups(groups: Integers, folds: int, generator: np.random.Generator) -> Integers:
    """Whole groups, the largest first, each to the fold with the fewest rows."""
    number, size = np.unique(groups, return_inverse=True, return_counts=True)[1:]
    order = np.lexsort((generator.permutation(len(size)), -size))
    fold, filled = np.zeros(len(size), np.int64), np.zeros(folds)
    for group in order.tolist():
        chosen = int(np.argmin(filled))
        fold[group] = chosen
        filled[chosen] += size[group]
    return np.asarray(fold[number])


def _answered(features: Floats, labels: Integers, fold: Integers) -> NDArray[np.bool_]:
    """Whether the nearest row of another fold has the same label (n)."""
    squares = np.einsum("nd,nd->n", features, features)
    right = np.zeros(len(labels), bool)
    for begin in range(0, len(labels), BLOCK):
        block = slice(begin, begin + BLOCK)
        distance = squares - 2 * (features[block] @ features.T)
        distance[fold[block, None] == fold] = np.inf
        right[block] = labels[distance.argmin(axis=1)] == labels[block]
    return right
