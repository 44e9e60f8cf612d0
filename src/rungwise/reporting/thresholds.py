"""Recall, precision and F1 of one class at several decision thresholds, on the measured rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rungwise.evaluation.intervals import measure
from rungwise.evaluation.metrics import OF_ONE_CLASS, per_class
from rungwise.evaluation.ranking_metrics import positive
from rungwise.policy import Policy
from rungwise.records import Measurement
from rungwise.table import Predictions

THRESHOLDS = (0.1, 0.3, 0.5, 0.7, 0.9)
IN_FORCE = 0.5
"""With two classes, the largest probability is the one of at least a half."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One row of the table; `least` is None for the largest probability among many classes."""

    least: float | None
    in_force: bool
    recall: Measurement
    precision: Measurement
    f1: Measurement


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The class that is decided on, whether there are only two, and its rows."""

    label: str
    two_classes: bool
    named: bool
    rows: tuple[Threshold, ...]


def thresholds(
    metric: str, rows: pl.DataFrame, answered: Predictions, goal: Measurement
) -> Thresholds | None:
    """What the class of the goal would have at other thresholds.

    Args:
        metric: Of the goal; `recall[x]`, `precision[x]` and `f1[x]` name the class. Of two classes
            without a name it is the last in sorted order, as ROC AUC takes it.
        rows: Columns `expected` and, for cross-validation, `fold` (n).
        answered: One answer a row (n).
        goal: Says what the rows are, and the level of the intervals.

    Returns:
        None if there is no one class to decide on, if there are no probabilities, or if an answer
        is not the class of the largest probability, so that no threshold describes it.
    """
    found = OF_ONE_CLASS.fullmatch(metric)
    two = len(answered.classes) == 2
    label = found[2] if found else positive(answered.classes) if two else ""
    if label not in answered.classes or not _largest_is_answered(answered):
        return None
    assert answered.scores is not None, "the largest of them is answered"
    probability = answered.scores[:, answered.classes.index(label)]
    table = []
    if not two:
        table.append(_row(None, answered.outputs == label, label, rows, goal))
    for least in THRESHOLDS:
        taken = (
            answered.outputs == label
            if two and least == IN_FORCE
            else pl.Series(probability >= np.float32(least))
        )
        table.append(_row(least, taken, label, rows, goal, in_force=two and least == IN_FORCE))
    return Thresholds(label, two, found is not None, tuple(table))


def _largest_is_answered(answered: Predictions) -> bool:
    if answered.scores is None or not len(answered):
        return False
    place = {label: at for at, label in enumerate(answered.classes)}
    chosen = answered.outputs.replace_strict(place, default=None, return_dtype=pl.Int64)
    if chosen.null_count():
        return False
    scores = answered.scores
    return bool((scores[np.arange(len(answered)), chosen] == scores.max(axis=1)).all())


def _row(
    least: float | None,
    taken: pl.Series,
    label: str,
    rows: pl.DataFrame,
    goal: Measurement,
    *,
    in_force: bool = True,
) -> Threshold:
    """Measure the class as if it were answered on the rows that `taken` (n) marks."""
    outputs = pl.select(pl.when(taken).then(pl.lit(label))).to_series()
    answered = Predictions(rows["id"], outputs, None, ())
    fold = rows["fold"] if goal.on == "folds" else None
    policy = Policy(confidence=goal.level)
    recall, precision, f1 = (
        measure(one, rows["expected"], answered, goal.on, policy, fold) for one in per_class(label)
    )
    return Threshold(least, in_force, recall, precision, f1)
