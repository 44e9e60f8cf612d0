"""What a model loses because its rows are older than those it answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rungwise.data.division import divide
from rungwise.data.time_division import divide_by_time
from rungwise.training import logistic

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

NEWEST = 0.4
"""Share of the rows that both models answer."""
STRENGTHS = (0.1, 1.0, 10.0)
"""A path to one strength for all models: what is compared is their rows."""


@dataclass(frozen=True, slots=True)
class DriftProbe:
    """Accuracy on the newest rows (0 to 1), of two models that learnt from equally many rows.

    Attributes:
        older: Of the model that learnt from the rows before them.
        others: Of models that learnt from random other rows, new ones among them.
        lost: The difference, `low` to `high` its interval over resampled clusters.
        learnt: Rows that each model learnt from.
        answered: Rows that were answered.
        since: Time of the oldest of these, in the unit that was given.
    """

    older: float
    others: float
    lost: float
    low: float
    high: float
    learnt: int
    answered: int
    since: int


def drift_probe(
    features: Floats, labels: Integers, times: Integers, clusters: Integers, *,
    seed: int, folds: int = 5, level: float = 0.95, resamples: int = 2000,
) -> DriftProbe:  # fmt: skip
    """Answer the newest rows by a model of older rows, and by models of random others.

    The newest rows are divided into folds of whole clusters. Each is answered by a model of random
    rows outside of it, as many as are older than all of them, and by one of just these older rows;
    so the two differ in the time of what they learnt, not in its amount. The difference is paired
    row by row, and its interval resamples whole clusters (Davison & Hinkley 1997, section 3.8).

    Args:
        features: One row of numbers an example, float32 (n, d).
        labels: Label numbers (n).
        times: Of each row (n).
        clusters: Copies and groups that stay together (n).
        seed: Of the folds, the random rows and the interval.
        folds: Into which the newest rows are divided.
        level: Coverage of the interval.
        resamples: Of whole clusters.

    Raises:
        ValueError: The rows have one time only.
    """
    generator = np.random.default_rng(seed)
    newest = divide_by_time(times, clusters, (1 - NEWEST, NEWEST)) == 1
    older = np.flatnonzero(~newest)
    _, cluster = np.unique(clusters[newest], return_inverse=True)
    fold = divide(_dense(labels[newest]), cluster, (1 / folds,) * folds, seed)
    asked = np.flatnonzero(newest)
    right_older = _answers(features, labels, older, asked) == labels[asked]
    right_others = np.zeros(len(asked), bool)
    for held in np.unique(fold):
        outside = np.setdiff1d(np.arange(len(labels)), asked[fold == held])
        drawn = generator.choice(outside, len(older), replace=False)
        mine = asked[fold == held]
        right_others[fold == held] = _answers(features, labels, drawn, mine) == labels[mine]
    difference = right_others.astype(np.float64) - right_older
    size, total = np.bincount(cluster), np.bincount(cluster, weights=difference)
    means = [
        total[drawn].sum() / size[drawn].sum()
        for drawn in (generator.integers(0, len(size), len(size)) for _ in range(resamples))
    ]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return DriftProbe(
        float(right_older.mean()), float(right_others.mean()), float(difference.mean()),
        float(low), float(high), len(older), len(asked), int(times[newest].min()),
    )  # fmt: skip


def _answers(features: Floats, labels: Integers, learnt: Integers, asked: Integers) -> Integers:
    """The label that a linear model of the rows `learnt` gives to each row `asked`."""
    taught = np.unique(labels[learnt])
    if len(taught) == 1:
        return np.full(len(asked), taught[0])
    told = torch.from_numpy(np.searchsorted(taught, labels[learnt]))
    rows = torch.from_numpy(np.ascontiguousarray(features[learnt]))
    *_, solution = logistic.path(rows, told, len(taught), strengths=STRENGTHS)
    with torch.no_grad():
        logits = torch.from_numpy(features[asked]) @ solution.weight.T + solution.bias
        return np.asarray(taught[logits.argmax(1).numpy()])


def _dense(labels: Integers) -> Integers:
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)
