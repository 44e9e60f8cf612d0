"""One small project: out-of-fold predictions, and the truth they should tell of.

The truth is the score of the refit model, trained on all rows of the project with the middle of
the choices of its folds, on all rows of the pool outside of the project.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from benchmarks.coverage.learners import LEARNERS, Learner, chosen
from benchmarks.coverage.pools import Pool
from rungwise.evaluation.answers import answers
from rungwise.evaluation.intervals import measure
from rungwise.evaluation.metrics import Metric, find
from rungwise.evaluation.paired import compare
from rungwise.policy import Policy
from rungwise.table import Predictions

FOLDS = 5
POLICY = Policy(resamples=1000)
PAIRS = (("linear", "frozen"), ("nearest", "frozen"))
Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


def draw(pool: Pool, features: dict[str, Any], rows: int, number: int) -> list[dict[str, Any]]:
    """Draw a project and measure every learner, and every pair of them, on it.

    Returns:
        One line for each learner or pair and metric: the value with its interval over rows, its
        values by fold, and the truth.
    """
    inside, outside, fold = project(pool, rows, number)
    labels = pool.labels[inside]
    measured, truths = {}, {}
    for learner in LEARNERS:
        if rows > learner.most:
            continue
        scores, refit = _answered(learner, features[learner.name], pool, inside, outside, fold)
        measured[learner.name] = _predictions(scores, pool.classes)
        truths[learner.name] = _predictions(refit, pool.classes)
    expected = label_names(labels, pool.classes)
    unseen = label_names(pool.labels[outside], pool.classes)
    common = {"set": pool.name, "rows": rows, "draw": number, "outside": len(outside)}
    lines = []
    for metric in _metrics(pool):
        for name, out_of_fold in measured.items():
            if metric.needs_scores and name != "frozen":
                continue
            found = measure(metric, expected, out_of_fold, "validation", POLICY)
            truth = metric.value(unseen, truths[name])
            line = {"learner": name, "value": found.value, "low": found.low, "high": found.high}
            line |= {"truth": truth, "by_fold": by_fold(metric, expected, out_of_fold, fold)}
            lines.append(common | {"metric": metric.name} | line)
        if metric.needs_scores or metric.label is not None:
            continue
        for a, b in PAIRS:
            if a not in measured:
                continue
            gap = compare(metric, expected, measured[a], measured[b], POLICY)
            truth = metric.value(unseen, truths[b]) - metric.value(unseen, truths[a])
            first, second = (by_fold(metric, expected, measured[one], fold) for one in (a, b))
            line = {"learner": f"{b} - {a}", "value": gap.difference, "low": gap.low}
            line |= {"high": gap.high, "truth": truth}
            line |= {"by_fold": [y - x for x, y in zip(first, second, strict=True)]}
            lines.append(common | {"metric": metric.name} | line)
    return lines


def draw_by_loss(
    pool: Pool, features: dict[str, Any], rows: int, number: int
) -> list[dict[str, Any]]:
    """Log loss of `frozen` where it is the goal, so that the strength is chosen by it."""
    inside, outside, fold = project(pool, rows, number)
    known, learner, metric = features["frozen"], LEARNERS[0], find("log_loss")
    parts = _answered(learner, known, pool, inside, outside, fold, by_loss=True)
    out_of_fold, refit = (_predictions(scores, pool.classes) for scores in parts)
    expected = label_names(pool.labels[inside], pool.classes)
    found = measure(metric, expected, out_of_fold, "validation", POLICY)
    line = {"set": pool.name, "rows": rows, "draw": number, "outside": len(outside)}
    line |= {"metric": metric.name, "learner": "frozen, chosen by it", "value": found.value}
    line |= {"low": found.low, "high": found.high}
    line["truth"] = metric.value(label_names(pool.labels[outside], pool.classes), refit)
    return [line | {"by_fold": by_fold(metric, expected, out_of_fold, fold)}]


def project(pool: Pool, rows: int, number: int) -> tuple[Integers, Integers, Integers]:
    """Places of the rows inside and outside, and the fold of each row inside."""
    generator = np.random.default_rng([rows, number])
    inside = pool.draw(rows, generator)
    outside = np.setdiff1d(np.arange(len(pool.labels)), inside)
    folder = StratifiedKFold(FOLDS, shuffle=True, random_state=int(generator.integers(2**31)))
    fold = np.zeros(rows, np.int64)
    for place, (_, held) in enumerate(folder.split(np.zeros((rows, 1)), pool.labels[inside])):
        fold[held] = place
    return inside, outside, fold


def _answered(
    learner: Learner,
    features: Any,
    pool: Pool,
    inside: Integers,
    outside: Integers,
    fold: Integers,
    *,
    by_loss: bool = False,
) -> tuple[Floats, Floats]:
    """Probabilities out of fold, and those of the refit model for the rows outside."""
    known, labels, classes = features[inside], pool.labels[inside], len(pool.classes)
    scores = np.zeros((len(labels), classes), np.float32)
    choices = []
    for place in range(FOLDS):
        choice = chosen(learner, known, labels, fold, place, classes, by_loss=by_loss)
        learnt = fold != place
        scores[~learnt] = learner.fit(
            known[learnt], labels[learnt], known[~learnt], classes, (choice,)
        )[-1]
        choices.append(choice)
    middle = sorted(choices)[FOLDS // 2]
    return scores, learner.fit(known, labels, features[outside], classes, (middle,))[-1]


def _metrics(pool: Pool) -> list[Metric]:
    rarest = pool.classes[int(np.bincount(pool.labels).argmin())]
    return [find(name) for name in ("accuracy", "macro_f1", f"recall[{rarest}]", "log_loss")]


def _predictions(scores: Floats, classes: tuple[str, ...]) -> Predictions:
    ids = pl.int_range(len(scores), eager=True).cast(pl.String).alias("id")
    return Predictions(ids, label_names(scores.argmax(1), classes), scores, classes)


def label_names(codes: NDArray[Any], classes: tuple[str, ...]) -> pl.Series:
    """The label of each code."""
    return pl.Series("label", np.array(classes)[codes].tolist(), dtype=pl.String)


def by_fold(
    metric: Metric, expected: pl.Series, predictions: Predictions, fold: Integers
) -> list[float]:
    """The metric on each fold alone."""
    given = answers(expected, predictions)[0]
    values = []
    for place in range(FOLDS):
        held = np.flatnonzero(fold == place)
        part = given.take(held)
        assert given.scores is not None, "every learner gives probabilities"
        values.append(metric.of(replace(part, scores=given.scores[held])))
    return values
