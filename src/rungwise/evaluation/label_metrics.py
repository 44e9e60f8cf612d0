"""Metrics of labels alone: functions of how often each class was expected, answered and hit.

All take `Counts`, whose arrays may have leading dimensions (resamples), and return one value
for each. Definitions are scikit-learn's, with its value 0 where a ratio has no denominator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rungwise.evaluation.answers import Answers, Integers

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """What every label metric rests on.

    Attributes:
        labels: The class of each column.
        hits: Rows of a class that were answered with it (…, classes).
        expected: Rows of a class (…, classes).
        predicted: Rows answered with a class (…, classes).
        rows: All rows (…); those without an answer are in no `predicted`.
    """

    labels: tuple[str, ...]
    hits: Floats
    expected: Floats
    predicted: Floats
    rows: Floats

    def column(self, label: str) -> tuple[Floats, Floats, Floats]:
        """Hits, expected and predicted of one class; zeros for a class never met."""
        if label not in self.labels:
            nothing = np.zeros_like(self.rows)
            return nothing, nothing, nothing
        place = self.labels.index(label)
        return self.hits[..., place], self.expected[..., place], self.predicted[..., place]


def count(answers: Answers, weights: Floats | None = None) -> Counts:
    """Count the answers; `weights` (resamples, n) says how often each row occurs."""
    if weights is None:
        weights = np.ones((1, len(answers)))
    hit = np.where(answers.outputs == answers.expected, answers.expected, -1)
    classes = len(answers.labels)
    return Counts(
        labels=answers.labels,
        hits=group_sums(weights, hit, classes),
        expected=group_sums(weights, answers.expected, classes),
        predicted=group_sums(weights, answers.outputs, classes),
        rows=weights.sum(axis=1),
    )


def group_sums(values: Floats, codes: Integers, groups: int) -> Floats:
    """Sum the columns of `values` (r, n) by their code (n) into (r, groups); codes < 0 are left."""
    order = np.argsort(codes, kind="stable")
    order = order[np.searchsorted(codes[order], 0) :]
    sums = np.zeros((len(values), groups))
    if len(order):
        present, starts = np.unique(codes[order], return_index=True)
        sums[:, present] = np.add.reduceat(values[:, order], starts, axis=1)
    return sums


def accuracy(counts: Counts) -> Floats:
    """Share of rows answered rightly."""
    return _ratio(counts.hits.sum(axis=-1), counts.rows)


def balanced_accuracy(counts: Counts) -> Floats:
    """Mean recall over the classes that were expected."""
    return _mean(_ratio(counts.hits, counts.expected), counts.expected > 0)


def macro_f1(counts: Counts) -> Floats:
    """Mean F1 over the classes that were expected or answered."""
    return _mean(_f1(counts), counts.expected + counts.predicted > 0)


def weighted_f1(counts: Counts) -> Floats:
    """Mean F1 weighted by how often each class was expected."""
    return _ratio((_f1(counts) * counts.expected).sum(axis=-1), counts.rows)


def micro_f1(counts: Counts) -> Floats:
    """F1 over all answers; equals accuracy where every row has an answer."""
    return _ratio(2 * counts.hits.sum(axis=-1), counts.rows + counts.predicted.sum(axis=-1))


def mcc(counts: Counts) -> Floats:
    """Matthews correlation for many classes (Gorodkin 2004); no answer counts as an answer."""
    unanswered = counts.rows - counts.predicted.sum(axis=-1)
    chance = (counts.expected * counts.predicted).sum(axis=-1)
    covariance = counts.hits.sum(axis=-1) * counts.rows - chance
    spread_answered = counts.rows**2 - (counts.predicted**2).sum(axis=-1) - unanswered**2
    spread_expected = counts.rows**2 - (counts.expected**2).sum(axis=-1)
    return _ratio(covariance, np.sqrt(spread_answered * spread_expected))


def recall(counts: Counts, label: str) -> Floats:
    """Share of a class's rows that were found."""
    hits, expected, _ = counts.column(label)
    return _ratio(hits, expected)


def precision(counts: Counts, label: str) -> Floats:
    """Share of a class's answers that were right."""
    hits, _, predicted = counts.column(label)
    return _ratio(hits, predicted)


def f1(counts: Counts, label: str) -> Floats:
    """Harmonic mean of a class's recall and precision."""
    hits, expected, predicted = counts.column(label)
    return _ratio(2 * hits, expected + predicted)


def _f1(counts: Counts) -> Floats:
    return _ratio(2 * counts.hits, counts.expected + counts.predicted)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _mean(values: Floats, present: NDArray[np.bool_]) -> Floats:
    return _ratio((values * present).sum(axis=-1), present.sum(axis=-1).astype(np.float64))
