"""What a frozen-feature head says of rows that it did not learn from (R12).

A label can only be doubted by a model that has not seen it. So the training rows are divided
into folds, and each fold is answered by a head that learnt from the others; validation is
answered by a head that learnt from all of train. Copies and groups stay in one fold, otherwise
a head would know the label of a row from its copy.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray

from rungwise import plugins
from rungwise.data.copies import clusters
from rungwise.data.division import divide
from rungwise.progress import Progress
from rungwise.protocols import Modality
from rungwise.table import Predictions
from rungwise.training import answers, logistic
from rungwise.training.trunk import Trunk

FOLDS = 5
STRENGTHS = tuple(strength for strength in logistic.STRENGTHS if strength <= 100)
"""Weaker regularisation fits the wrong labels as well."""

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


def out_of_fold(
    trunk: Trunk,
    train: pl.DataFrame,
    validation: pl.DataFrame,
    classes: tuple[str, ...],
    seed: int,
    progress: Progress,
) -> Predictions:
    """Out-of-sample probabilities of every row of train and validation that can have them.

    A row whose class lies in one fold only is left out: the head that would answer it does not know
    the class. Rows with a class that train lacks are left out too.

    Args:
        trunk: The frozen network.
        train, validation: Columns of `rungwise.table.COLUMNS`.
        classes: The label of each column of the scores.
        seed: Decides the folds.
        progress: Where to report long work.
    """
    known = validation.filter(pl.col("expected").is_in(train["expected"].implode()))
    features = trunk.embeddings(trunk.encode(train["input"]), progress)
    labels = answers.indices(train["expected"], classes).numpy()
    modality: Modality = plugins.load("modalities", trunk.backbone.modality)
    fold = folds(train, modality.copy_keys(train["input"]), labels, seed)
    scores, strength = cross_fitted(features, labels, fold, len(classes), progress)
    kept = scores.sum(1) > 0
    parts = [(train["id"].filter(pl.Series(kept)), scores[kept])]
    if len(known):
        held_out = trunk.embeddings(trunk.encode(known["input"]), progress)
        last = _path(features, labels, len(classes), [s for s in STRENGTHS if s <= strength])[-1]
        parts.append((known["id"], _probabilities(last, held_out)))
    ids = pl.concat([part for part, _ in parts])
    together = np.concatenate([part for _, part in parts])
    return answers.of(ids, together, classes)


def folds(
    rows: pl.DataFrame, keys: pl.Series, labels: Integers, seed: int, count: int = FOLDS
) -> Integers:
    """Fold of each row (n), stratified by label; copies and groups stay whole.

    The folds depend on the rows and the seed, not on the order of the rows.
    """
    numbered = rows.with_columns(clusters(keys, rows["group"]).alias("cluster"))
    by_content = numbered.sort("input", "expected", "group")["cluster"].unique(maintain_order=True)
    rank = pl.int_range(len(by_content), dtype=pl.Int64, eager=True)
    cluster = numbered["cluster"].replace_strict(by_content, rank, return_dtype=pl.Int64)
    _, dense = np.unique(labels, return_inverse=True)
    return divide(dense.astype(np.int64), cluster.to_numpy(), (1 / count,) * count, seed)


def cross_fitted(
    features: Floats, labels: Integers, fold: Integers, classes: int, progress: Progress
) -> tuple[Floats, float]:
    """Probabilities of each row by a head that learnt from the other folds (n, classes).

    One strength serves all folds: the one whose answers to the first fold have the lowest
    cross-entropy. A row is all zeros where no other fold holds its class.

    Returns:
        The probabilities and the strength.
    """
    scores = np.zeros((len(labels), classes), np.float32)
    chosen: float | None = None
    present = np.unique(fold).tolist()
    for held in progress.over(present, "Answering rows out of fold", len(present)):
        learnt, asked = fold != held, fold == held
        taught = np.unique(labels[learnt])
        asked &= np.isin(labels, taught)
        if len(taught) < 2 or not asked.any():
            continue
        dense = np.searchsorted(taught, labels[learnt])
        strengths = [one for one in STRENGTHS if chosen is None or one <= chosen]
        solutions = _path(features[learnt], dense, len(taught), strengths)
        if chosen is None:
            truth = np.searchsorted(taught, labels[asked])
            losses = [_loss(one, features[asked], truth) for one in solutions]
            solutions = solutions[: int(np.argmin(losses)) + 1]
            chosen = solutions[-1].strength
        scores[np.ix_(asked, taught)] = _probabilities(solutions[-1], features[asked])
    return scores, chosen or STRENGTHS[0]


def _loss(solution: logistic.Solution, features: Floats, labels: Integers) -> float:
    """Mean cross-entropy in nats."""
    told = _probabilities(solution, features)[np.arange(len(labels)), labels]
    return -float(np.log(np.maximum(told, np.finfo(np.float32).tiny)).mean())


def _path(
    features: Floats, labels: Integers, classes: int, strengths: list[float] | tuple[float, ...]
) -> list[logistic.Solution]:
    told = torch.from_numpy(labels)
    return list(logistic.path(torch.from_numpy(features), told, classes, strengths=strengths))


def _probabilities(solution: logistic.Solution, features: Floats) -> Floats:
    with torch.no_grad():
        logits = torch.from_numpy(features) @ solution.weight.T + solution.bias
        return np.asarray(torch.softmax(logits, 1).numpy(), np.float32)
