"""Metrics that rank: area under the ROC curve and average precision.

Prepared once (sorting) and evaluated for many weightings of the rows, as in `score_metrics`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rungwise.evaluation.answers import Answers
from rungwise.evaluation.score_metrics import Prepared, Values, Weights, divide, scores_of


def roc_auc(answers: Answers) -> Prepared:
    """Chance that a row of a class scores above a row of another; ties count half.

    Two classes: of the positive class (`positive`). More: the mean over the classes, each
    against the rest, of those that have rows on both sides.
    """
    return _over_classes(answers, _area)


def average_precision(answers: Answers) -> Prepared:
    """Mean precision at each rise of recall, averaged over classes as in `roc_auc`."""
    return _over_classes(answers, _precision)


def positive(classes: tuple[str, ...]) -> str:
    """The positive one of two classes: the last in sorted order, as in scikit-learn."""
    return max(classes)


def _over_classes(answers: Answers, of_class: Callable[[Ranking], Prepared]) -> Prepared:
    scores, classes = scores_of(answers), answers.classes
    wanted = classes if len(classes) != 2 else (positive(classes),)
    prepared = []
    for label in wanted:
        truth = answers.expected == answers.labels.index(label)
        if truth.any() and not truth.all():
            prepared.append(of_class(Ranking(truth, scores[:, classes.index(label)])))

    def value(weights: Weights) -> Values:
        total, defined = np.zeros(weights.shape[1]), np.zeros(weights.shape[1])
        for each in prepared:
            values = each(weights)
            total += np.nan_to_num(values)
            defined += ~np.isnan(values)
        return divide(total, defined)

    return value


def _area(ranking: Ranking) -> Prepared:
    def value(weights: Weights) -> Values:
        hits, tied, down_to, rows = ranking.sums(weights)
        others = down_to - running_sum(hits)
        lost = (hits * (others - (tied - hits) / 2)).sum(axis=0, dtype=np.float64)
        found = hits.sum(axis=0, dtype=np.float64)
        return 1 - divide(lost, found * (rows - found))

    return value


def _precision(ranking: Ranking) -> Prepared:
    def value(weights: Weights) -> Values:
        hits, _, down_to, _ = ranking.sums(weights)
        at_each_rise = running_sum(hits) / np.maximum(down_to, 1)
        found = hits.sum(axis=0, dtype=np.float64)
        return divide((hits * at_each_rise).sum(axis=0, dtype=np.float64), found)

    return value


class Ranking:
    """Rows in falling order of score, cut where the answer can change.

    Only thresholds at which a positive row appears matter, so the weights of all rows between
    two of them are summed at once: a sparse matrix (segments, n) times the weights.
    """

    def __init__(self, truth: NDArray[np.bool_], scores: NDArray[np.float32]) -> None:
        order = np.argsort(-scores, kind="stable")
        ranked = scores[order]
        group = np.concatenate(([0], np.cumsum(ranked[1:] != ranked[:-1])))
        positions = np.flatnonzero(truth[order])
        ties, tie_of_hit = np.unique(group[positions], return_inverse=True)
        starts = np.searchsorted(group, ties, side="left")
        ends = np.searchsorted(group, ties, side="right")
        cuts = np.unique(np.concatenate(([0], starts, ends)))
        segment_of_row = np.searchsorted(cuts, np.arange(len(order)), side="right") - 1
        self.hits = _summing(tie_of_hit, order[positions], len(order))
        self.segments = _summing(segment_of_row, order, len(order))
        self.segment_of_tie = np.searchsorted(cuts, starts)

    def sums(self, weights: Weights) -> tuple[Weights, Weights, Weights, Values]:
        """For every tie that holds a positive row, best first, and every resample.

        Returns: positive weight in the tie, all weight in it, all weight down to its end
        (ties, resamples), and the weight of all rows (resamples).
        """
        segments = self.segments @ weights
        down_to = running_sum(segments)
        hits, place = self.hits @ weights, self.segment_of_tie
        return hits, segments[place], down_to[place], down_to[-1].astype(np.float64)


def running_sum(values: Weights) -> Weights:
    """Sums down the rows; along contiguous memory, which is several times as fast."""
    return np.cumsum(np.asfortranarray(values), axis=0)


def _summing(targets: NDArray[np.intp], rows: NDArray[np.intp], width: int) -> Any:
    """A sparse matrix that adds up rows of weights by target."""
    from scipy import sparse

    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.csr_matrix((ones, (targets, rows)), shape=(targets.max() + 1, width))
