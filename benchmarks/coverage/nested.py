"""Nested cross-validation (Bates, Hastie and Tibshirani 2023), one strength, accuracy.

"Cross-validation: What Does It Estimate and How Well Does It Do It?", JASA 119. A repetition
takes new folds, leaves each out, and cross-validates on the others: 10 + 5 fits for 5 folds, as a
model without folds i and j serves both. How far an outer fold's mean error lies from the inner
estimate, beyond the error of that mean, is the mean squared error of cross-validation.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from benchmarks.coverage.learners import LEARNERS
from benchmarks.coverage.pools import Pool
from rungwise.evaluation.proportions import quantile, wilson

FOLDS = 5
REPETITIONS = 5
LEVEL = 0.95
STRENGTH = (10.0,)
FROZEN = LEARNERS[0]
Integers = NDArray[np.int64]


def draw(pool: Pool, features: dict[str, Any], rows: int, number: int) -> list[dict[str, Any]]:
    """The interval by nested cross-validation, and Wilson's of the first repetition's rows."""
    generator = np.random.default_rng([rows, number])
    inside = pool.draw(rows, generator)
    outside = np.setdiff1d(np.arange(len(pool.labels)), inside)
    known, labels, classes = features["frozen"][inside], pool.labels[inside], len(pool.classes)
    plain, squares, inner = [], [], []
    for _ in range(REPETITIONS):
        fold = np.zeros(rows, np.int64)
        folder = StratifiedKFold(FOLDS, shuffle=True, random_state=int(generator.integers(2**31)))
        for place, (_, held) in enumerate(folder.split(np.zeros((rows, 1)), labels)):
            fold[held] = place
        outer, within = _errors(known, labels, fold, classes)
        plain.append(outer.mean())
        for place in range(FOLDS):
            held = outer[fold == place]
            estimate = within[place][fold != place]
            inner.append(estimate.mean())
            squares.append((estimate.mean() - held.mean()) ** 2 - held.var(ddof=1) / len(held))
        if len(plain) == 1:
            low, high = wilson(rows - outer.sum(), rows, LEVEL)
            first = 1 - outer.mean()
            spread = outer.std(ddof=1) / np.sqrt(rows)
    error = float(np.mean(plain))
    bias = (1 + (FOLDS - 2) / FOLDS) * (float(np.mean(inner)) - error)
    root = np.sqrt((FOLDS - 1) / FOLDS * max(float(np.mean(squares)), 0.0))
    half = quantile(LEVEL) * np.clip(root, spread, spread * np.sqrt(FOLDS))
    refit = FROZEN.fit(known, labels, features["frozen"][outside], classes, STRENGTH)[-1]
    line = {
        "set": pool.name,
        "rows": rows,
        "draw": number,
        "outside": len(outside),
        "metric": "accuracy",
        "learner": "frozen, one strength",
        "value": first,
        "low": low,
        "high": high,
        "truth": float((refit.argmax(1) == pool.labels[outside]).mean()),
        "nested": [1 - float(np.mean(inner)) + bias, float(half)],
    }
    return [line]


def _errors(
    known: Any, labels: Integers, fold: Integers, classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Errors out of fold (rows), and those of models that also lack fold j (folds, rows)."""
    outer, within = np.zeros(len(labels)), np.zeros((FOLDS, len(labels)))
    for place in range(FOLDS):
        outer[fold == place] = _wrong(known, labels, fold != place, fold == place, classes)
    for i, j in combinations(range(FOLDS), 2):
        asked = (fold == i) | (fold == j)
        wrong = _wrong(known, labels, ~asked, asked, classes)
        within[j][fold == i] = wrong[fold[asked] == i]
        within[i][fold == j] = wrong[fold[asked] == j]
    return outer, within


def _wrong(
    known: Any, labels: Integers, learnt: NDArray[np.bool_], asked: NDArray[np.bool_], classes: int
) -> NDArray[np.float64]:
    scores = FROZEN.fit(known[learnt], labels[learnt], known[asked], classes, STRENGTH)[-1]
    wrong: NDArray[np.float64] = (scores.argmax(1) != labels[asked]).astype(np.float64)
    return wrong
