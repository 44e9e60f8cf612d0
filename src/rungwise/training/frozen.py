"""A linear head on frozen embeddings (R41): the reference for all that follows (R42).

Regularisation is chosen by the goal's metric on validation (R49), along one path.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rungwise.protocols import RungContext
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
) -> Classifier:
    """Embed both parts once and fit the head."""
    parts = [_embedded(trunk, part, context) for part in (train, validation)]
    learnt, held_out = parts
    weights = row_weights(learnt.labels, len(context.classes), class_weights)
    best = (-math.inf, -math.inf)
    chosen: logistic.Solution | None = None
    sweep: list[Numbers] = []
    worse = 0
    features = torch.from_numpy(learnt.features)
    for solution in logistic.path(features, learnt.labels, len(context.classes), weights):
        value, loss = _score(Linear.of(solution.weight, solution.bias), held_out, context)
        sweep.append(
            {
                "strength": solution.strength,
                "validation": value,
                "validation_loss": loss,
                "steps": solution.steps,
            }
        )
        reached = (value if context.greater else -value, -loss)
        if chosen is None or reached > best:
            best, chosen, worse = reached, solution, 0
        elif (worse := worse + 1) == PATIENCE:
            break
    assert chosen is not None, "the path has at least one strength"
    head = Linear.of(chosen.weight, chosen.bias).requires_grad_(False).eval()
    return Classifier(
        trunk=trunk,
        change=None,
        head=head.to(trunk.device),
        classes=context.classes,
        train_metric=_score(head.cpu(), learnt, context)[0],
        details={"strength": chosen.strength, "sweep": sweep},
    )


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
