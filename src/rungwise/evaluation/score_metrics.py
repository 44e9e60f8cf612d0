"""Metrics of probabilities: log loss, calibration error, and the two that rank.

Each is prepared once (losses, bins, sorting) and then evaluated for many weightings of the
rows at once: `weights` (n, resamples) says how often each row occurs; the result is one value
a resample, NaN where the metric is undefined on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

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
    scores, columns = _scores(answers), _columns(answers)
    known = columns[answers.expected]
    probability = np.where(known >= 0, scores[np.arange(len(answers)), known], 0.0)
    loss = -np.log(np.clip(probability.astype(np.float64), SMALLEST, 1.0))

    def value(weights: Weights) -> Values:
        return _divide(_dot(loss, weights), weights.sum(axis=0))

    return value


def expected_calibration_error(answers: Answers) -> Prepared:
    """Mean gap between confidence and accuracy in 15 equal bins.

    Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599: confidence
    is the highest probability, bins are open below and closed above.
    """
    confidence = _scores(answers).max(axis=1).astype(np.float64)
    gap = (answers.outputs == answers.expected) - confidence
    bins = np.clip(np.ceil(confidence * BINS).astype(np.intp) - 1, 0, BINS - 1)

    def value(weights: Weights) -> Values:
        total = np.zeros(weights.shape[1])
        for number in np.unique(bins):
            inside = bins == number
            total += np.abs(_dot(gap[inside], weights[inside]))
        return _divide(total, weights.sum(axis=0))

    return value


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
    scores, classes = _scores(answers), answers.classes
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
        return _divide(total, defined)

    return value


def _area(ranking: Ranking) -> Prepared:
    def value(weights: Weights) -> Values:
        hits, tied, down_to, rows = ranking.sums(weights)
        others = down_to - np.cumsum(hits, axis=0)
        lost = (hits * (others - (tied - hits) / 2)).sum(axis=0, dtype=np.float64)
        found = hits.sum(axis=0, dtype=np.float64)
        return 1 - _divide(lost, found * (rows - found))

    return value


def _precision(ranking: Ranking) -> Prepared:
    def value(weights: Weights) -> Values:
        hits, _, down_to, _ = ranking.sums(weights)
        at_each_rise = np.cumsum(hits, axis=0) / np.maximum(down_to, 1)
        found = hits.sum(axis=0, dtype=np.float64)
        return _divide((hits * at_each_rise).sum(axis=0, dtype=np.float64), found)

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
        tied = segments[self.segment_of_tie]
        np.cumsum(segments, axis=0, out=segments)
        down_to = segments[self.segment_of_tie]
        return self.hits @ weights, tied, down_to, segments[-1].astype(np.float64)


def _summing(targets: NDArray[np.intp], rows: NDArray[np.intp], width: int) -> Any:
    """A sparse matrix that adds up rows of weights by target."""
    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.csr_matrix((ones, (targets, rows)), shape=(targets.max() + 1, width))


def _scores(answers: Answers) -> NDArray[np.float32]:
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


def _divide(above: Values, below: Values) -> Values:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
