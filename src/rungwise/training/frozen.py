"""A linear head on frozen embeddings (R41): the reference for all that follows (R42).

Regularisation is chosen by the goal's metric on validation (R49), along one path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rungwise.protocols import CHOSEN, RungContext
from rungwise.records import Numbers
from rungwise.table import Examples
from rungwise.training import answers, logistic
from rungwise.training.classifier import Classifier, probabilities
from rungwise.training.heads import Linear
from rungwise.training.trunk import Trunk

PATIENCE = 2
"""Strengths in a row that may be worse than the best before the rest of the path is left out."""


@dataclass(frozen=True)
class Embedded:
    """Embeddings (rows, width) of a part with what is expected of it."""

    rows: Examples
    features: Any
    labels: Tensor


def fit(
    trunk: Trunk,
    train: Examples,
    validation: Examples,
    context: RungContext,
    class_weights: str | None,
    strength: float | None = None,
) -> Classifier:
    """Embed both parts once and fit the head; with a `strength` validation is not read."""
    learnt = _embedded(trunk, train, context)
    weights = row_weights(learnt.labels, len(context.classes), class_weights)
    details: Numbers = {}
    if strength is None:
        tried = _sweep(learnt, _embedded(trunk, validation, context), weights, context)
        best = max(tried, key=lambda one: one.rank(context.greater))
        head, strength = best.head, best.strength
        details = {"sweep": [one.summary() for one in tried]}
    else:
        head = _solved(learnt, weights, context, strength)
    return Classifier(
        trunk=trunk,
        change=None,
        head=head,
        classes=context.classes,
        train_metric=_score(head, learnt, context)[0],
        details={"strength": strength, **details, CHOSEN: {"strength": strength}},
    )


@dataclass(frozen=True)
class _Tried:
    """A strength, and how its head did on validation."""

    strength: float
    head: Linear
    value: float
    loss: float
    steps: int

    def rank(self, greater: bool) -> tuple[float, float]:
        """By the goal's metric; among equals by the loss."""
        return (self.value if greater else -self.value, -self.loss)

    def summary(self) -> Numbers:
        return {
            "strength": self.strength,
            "validation": self.value,
            "validation_loss": self.loss,
            "steps": self.steps,
        }


def _sweep(
    learnt: Embedded, held_out: Embedded, weights: Tensor | None, context: RungContext
) -> list[_Tried]:
    """Heads from strong to weak regularisation, until that no longer helps."""
    tried: list[_Tried] = []
    best = 0
    features = torch.from_numpy(learnt.features)
    for solution in logistic.path(features, learnt.labels, len(context.classes), weights):
        head = Linear.of(solution.weight, solution.bias).requires_grad_(False).eval()
        value, loss = _score(head, held_out, context)
        tried.append(_Tried(solution.strength, head, value, loss, solution.steps))
        if tried[-1].rank(context.greater) > tried[best].rank(context.greater):
            best = len(tried) - 1
        if len(tried) - 1 - best == PATIENCE:
            break
    return tried


def _solved(
    learnt: Embedded, weights: Tensor | None, context: RungContext, strength: float
) -> Linear:
    features = torch.from_numpy(learnt.features)
    wanted = (strength,)
    *_, last = logistic.path(features, learnt.labels, len(context.classes), weights, wanted)
    return Linear.of(last.weight, last.bias).requires_grad_(False).eval()


def row_weights(labels: Tensor, classes: int, kind: str | None) -> Tensor | None:
    """Weight of each row (rows), 1 on average; None where all weigh the same.

    `balanced` is the inverse of the class's frequency, as in King & Zeng 2001, "Logistic
    Regression in Rare Events Data", and scikit-learn's `class_weight="balanced"`.
    """
    if kind is None:
        return None
    counts = torch.bincount(labels, minlength=classes).clamp(min=1)
    present = int((torch.bincount(labels, minlength=classes) > 0).sum())
    return (len(labels) / (present * counts))[labels].float()


def _embedded(trunk: Trunk, part: Examples, context: RungContext) -> Embedded:
    features = trunk.embeddings(trunk.encode(part.inputs.values), context.progress)
    return Embedded(part, features, answers.indices(part.expected, context.classes))


def _score(head: Linear, part: Embedded, context: RungContext) -> tuple[float, float]:
    """The goal's metric, and the mean cross-entropy in nats, which tells equals apart."""
    scores = probabilities(head, part.features)
    predictions = answers.of(part.rows.inputs.ids, scores, context.classes)
    right = scores[np.arange(len(scores)), part.labels.numpy()]
    loss = -float(np.log(np.maximum(right, np.finfo(np.float32).tiny)).mean())
    return context.score(part.rows.expected, predictions), loss
