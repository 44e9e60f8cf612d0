"""Fast stand-ins for three rungs: `frozen`, `linear` and `nearest`, each with its own choice.

`frozen` is our logistic regression on the 128 principal axes of the embeddings, with three
strengths to choose from instead of nine; `linear` is the same on TF-IDF with the frequencies of
the pool; `nearest` are the votes of the k most similar rows. What makes them alike for the
question is kept: the choice is made inside the rows that a model may learn from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.coverage.pools import Pool
from rungwise.training import logistic

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Fit = Callable[[Any, Integers, Any, int, tuple[float, ...]], list[Floats]]
"""Features and labels to learn from, features to answer, classes, choices (ascending) → the
probabilities (rows, classes) by each choice."""
AXES = 128


@dataclass(frozen=True, slots=True)
class Learner:
    """A way to learn from rows.

    Attributes:
        name: Of the rung that it stands in for.
        choices: What is chosen on an inner fold, ascending.
        fit: See `Fit`.
        most: Rows of a project up to which it is affordable.
    """

    name: str
    choices: tuple[float, ...]
    fit: Fit
    most: int = 10_000


def features(pool: Pool) -> dict[str, Any]:
    """Learner → its features of all rows of the pool."""
    seen = np.asarray((pool.terms > 0).sum(0)).ravel()
    weighted = pool.terms.multiply(np.log((1 + pool.terms.shape[0]) / (1 + seen)) + 1).tocsr()
    norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(1)).ravel())
    weighted = weighted.multiply(1 / np.maximum(norms, 1e-9)[:, None]).tocsr()
    centred = pool.embeddings - pool.embeddings.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    rotated = np.ascontiguousarray(centred @ axes[:, -AXES:])
    return {"frozen": rotated, "linear": weighted.astype(np.float32), "nearest": rotated}


def _frozen(
    known: Any, labels: Integers, asked: Any, classes: int, choices: tuple[float, ...]
) -> list[Floats]:
    told, unseen = torch.from_numpy(labels), torch.from_numpy(asked)
    path = logistic.path(torch.from_numpy(known), told, classes, strengths=choices, tolerance=1e-3)
    return [torch.softmax(unseen @ one.weight.T + one.bias, 1).numpy() for one in path]


def _linear(
    known: Any, labels: Integers, asked: Any, classes: int, choices: tuple[float, ...]
) -> list[Floats]:
    """The same minimum in as many dimensions as there are rows to learn from (kernel trick)."""
    spread, axes = np.linalg.eigh((known @ known.T).toarray())
    kept = spread > 1e-5
    root, axes = np.sqrt(spread[kept]), axes[:, kept]
    return _frozen(axes * root, labels, (asked @ known.T) @ axes / root, classes, choices)


def _nearest(
    known: Any, labels: Integers, asked: Any, classes: int, choices: tuple[float, ...]
) -> list[Floats]:
    similar = _unit(asked) @ _unit(known).T
    rows, most = np.arange(len(asked)), int(choices[-1])
    near = np.argpartition(-similar, most, axis=1)[:, :most]
    near = np.take_along_axis(
        near, np.argsort(-np.take_along_axis(similar, near, 1), axis=1, kind="stable"), 1
    )
    answered, votes = [], np.zeros((len(asked), classes), np.float32)
    for rank in range(near.shape[1]):
        np.add.at(votes, (rows, labels[near[:, rank]]), similar[rows, near[:, rank]].clip(1e-5))
        if rank + 1 in choices:
            answered.append(votes / votes.sum(1, keepdims=True))
    return answered


def _unit(rows: Floats) -> Floats:
    lengths: Floats = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / lengths


LEARNERS = (
    Learner("frozen", (1.0, 10.0, 100.0), _frozen),
    Learner("linear", (10.0, 100.0, 1000.0), _linear, most=1000),
    Learner("nearest", (1.0, 3.0, 7.0), _nearest),
)


def chosen(
    learner: Learner,
    features: Any,
    labels: Integers,
    fold: Integers,
    left_out: int,
    classes: int,
    *,
    by_loss: bool,
) -> float:
    """The choice that does best on the next fold, learnt from the rest.

    By the most right answers, ties by the loss; or by the loss alone.
    """
    inner = (left_out + 1) % (int(fold.max()) + 1)
    learnt, held = (fold != left_out) & (fold != inner), fold == inner
    ranks = []
    for scores in learner.fit(
        features[learnt], labels[learnt], features[held], classes, learner.choices
    ):
        right = 0.0 if by_loss else (scores.argmax(1) == labels[held]).mean()
        loss = -np.log(np.maximum(scores[np.arange(len(scores)), labels[held]], 1e-7)).mean()
        ranks.append((float(right), -float(loss)))
    return learner.choices[max(range(len(ranks)), key=ranks.__getitem__)]
