"""Classifiers on an encoder that train nothing: a baseline to beat (C2, R29, R33)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import torch
from torch import Tensor

from rungwise.protocols import CHOSEN, RungContext
from rungwise.records import Numbers
from rungwise.table import Examples
from rungwise.training import answers
from rungwise.training.classifier import Classifier
from rungwise.training.heads import Linear, Neighbours
from rungwise.training.trunk import Trunk

TEMPERATURE = 0.05
"""Cosines are divided by it; sentence encoders are trained with it (a scale of 20)."""
NEIGHBOURS = (1, 3, 5, 10, 20, 40)
LEAVE_OUT = 5000
"""Rows at most that are left out one by one to choose k."""
AT_A_TIME = 512


def zero_shot(trunk: Trunk, validation: Examples, context: RungContext) -> Classifier:
    """The label whose name is most similar in meaning, by the cosine of embeddings.

    Yin et al. 2019, "Benchmarking Zero-shot Text Classification", call it the representation
    approach. Underscores in label names become spaces.
    """
    if len(validation):  # kept for all rungs
        trunk.embeddings(trunk.encode(validation.inputs.values), context.progress)
    names = pl.Series([label.replace("_", " ") for label in context.classes], dtype=pl.String)
    embedded = torch.from_numpy(trunk.embeddings(trunk.encode(names), context.progress))
    weight = torch.nn.functional.normalize(embedded, dim=1) / TEMPERATURE
    head = Linear.of(weight, torch.zeros(len(names)))
    return Classifier(trunk, None, head, context.classes, details={CHOSEN: {}})


def nearest(
    trunk: Trunk, train: Examples, context: RungContext, k: int | None = None
) -> Classifier:
    """Votes of the k nearest training rows; k is chosen by leaving training rows out."""
    encoded = trunk.encode(train.inputs.values)
    embedded = torch.from_numpy(trunk.embeddings(encoded, context.progress))
    labels = answers.indices(train.expected, context.classes)
    head = Neighbours.of(embedded, labels, len(context.classes), k=1)
    counts = NEIGHBOURS if k is None else (k,)
    values = _leave_one_out(head, train, context, [one for one in counts if one < len(train)])
    sign = 1 if context.greater else -1
    head.k = max(values, key=lambda one: sign * values[one], default=1)
    details: Numbers = {
        "k": head.k,
        "sweep": [{"k": one, "left_out": value} for one, value in values.items()],
        CHOSEN: {"k": head.k},
    }
    return Classifier(
        trunk,
        None,
        head,
        context.classes,
        train_metric=values.get(head.k),
        details=details,
    )


def _leave_one_out(
    head: Neighbours, train: Examples, context: RungContext, counts: Sequence[int]
) -> dict[int, float]:
    """k → the goal's metric where each row is answered by all the others."""
    rows = np.arange(len(train))
    if len(rows) > LEAVE_OUT:
        rows = np.linspace(0, len(train) - 1, LEAVE_OUT).astype(np.int64)
        context.progress.say(f"k is chosen on {LEAVE_OUT:,} of {len(train):,} training rows.")
    scores: dict[int, list[Tensor]] = {k: [] for k in counts}
    for start in range(0, len(rows), AT_A_TIME):
        chosen = torch.from_numpy(rows[start : start + AT_A_TIME])
        similarity = head.bank[chosen] @ head.bank.T
        similarity[torch.arange(len(chosen)), chosen] = -1.0
        for k in counts:
            scores[k].append(head.counted(similarity, k))
    expected = train.expected.gather(rows)
    ids = train.inputs.ids.gather(rows)
    return {
        k: context.score(expected, answers.of(ids, torch.cat(scores[k]).numpy(), context.classes))
        for k in counts
    }
