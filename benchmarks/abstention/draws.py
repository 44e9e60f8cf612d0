"""One redraw: the parts are drawn anew, a head is fitted, a threshold proposed and certified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from benchmarks.coverage.pools import Pool
from rungwise.decision_rule import DecisionRule
from rungwise.evaluation.abstention import farthest, proposed, upper_bound
from rungwise.evaluation.calibration import calibration_error, fitted_temperature
from rungwise.release.reference import NEIGHBOUR, ROWS, distances, drawn
from rungwise.training import logistic

PROJECTS = {10_000: (7000, 1500, 1500), 3333: (2333, 500, 500)}
"""Rows of a project → train, validation and test, as `init` divides them; the others are outside.

The large project has about as many rows as a team would use, and few outside. The small one leaves
19 rows outside for each test row: these say what is true nearly without noise of their own."""
FOREIGN = 1000
ALLOWED, LEVEL = (0.05, 0.08), 0.95
"""Shares of wrong answers that are certified: the default of the policy, and about as many as
the head makes without asking anybody."""
FAR = 0.02
PATIENCE = 2

Floats = NDArray[np.float32]


def draw(
    pool: Pool, foreign: Mapping[str, Floats], parts: tuple[int, int, int], seed: int
) -> dict[str, Any]:
    """What one redraw says: the certificate, the truth outside, and what foreign rows meet.

    Args:
        pool: The rows; each is in one part, or outside.
        foreign: Set → embeddings (rows, width) of rows that have none of the classes.
        parts: Rows of train, validation and test.
        seed: Of the redraw.
    """
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(pool.labels))
    train, validation, test, outside = np.split(order, np.cumsum(parts))
    features, labels, classes = pool.embeddings, pool.labels, len(pool.classes)

    head = _chosen(features, labels, train, validation, classes)
    before = _answers(head, features[validation])
    # The threshold comes from the attempt before the refit; what is tested is the refit.
    both = np.concatenate([train, validation])
    *_, last = logistic.path(
        torch.from_numpy(features[both]), torch.from_numpy(labels[both]), classes,
        strengths=(head.strength,),
    )  # fmt: skip
    reference = features[train][drawn(len(train), ROWS)]

    def away(rows: Floats) -> Floats:
        return distances(rows, reference, NEIGHBOUR)

    temperature = fitted_temperature(before, labels[validation])
    rule = DecisionRule(temperature, distance=farthest(away(features[validation]), FAR))
    chosen = rule.decide(rule.calibrated(before), pool.classes)
    right = chosen.labels == labels[validation]
    told: dict[str, Any] = {"seed": seed, "strength": head.strength, "temperature": temperature}
    rows = {"test": test, "outside": outside}
    scores = {name: _answers(last, features[places]) for name, places in rows.items()}
    far = {name: away(features[places]) for name, places in rows.items()}
    some = {
        name: one[generator.choice(len(one), min(FOREIGN, len(one)), replace=False)]
        for name, one in foreign.items()
    }
    for allowed in ALLOWED:
        found = proposed(chosen.confidence, right, len(test), allowed, LEVEL, FAR)
        if found is None:
            continue
        full = replace(rule, review=found.threshold)
        here: dict[str, Any] = {"proposal": asdict(found), "foreign": {}}
        for name, places in rows.items():
            here[name] = _measured(full, scores[name], far[name], labels[places], pool.classes)
        here["bound"] = upper_bound(here["test"]["wrong"], here["test"]["answered"], LEVEL)
        for name, one in some.items():
            given = full.decide(full.calibrated(_answers(last, one)), pool.classes, None, away(one))
            sure = given.confidence >= np.float32(found.threshold)
            assert given.review is not None
            here["foreign"][name] = {
                "review": float(given.review.mean()),
                "unsure": float((~sure).mean()),
                "far": float((away(one) > np.float32(full.distance or np.inf)).mean()),
            }
        told[str(allowed)] = here
    return told


def _measured(
    rule: DecisionRule,
    scores: Floats,
    away: Floats,
    labels: NDArray[np.int64],
    classes: tuple[str, ...],
) -> dict[str, float]:
    """What a rule makes of the probabilities (rows, classes) of one part."""
    one, raw = rule.decide(rule.calibrated(scores), classes, None, away), scores.max(axis=1)
    assert one.review is not None
    right, given = one.labels == labels, ~one.review
    return {
        "rows": len(labels),
        "answered": int(given.sum()),
        "wrong": int((given & ~right).sum()),
        "far": float((away > np.float32(rule.distance or np.inf)).mean()),
        "accuracy": float(right.mean()),
        "calibration_before": calibration_error(raw, right),
        "calibration_after": calibration_error(one.confidence, right),
    }


def _chosen(
    features: Floats,
    labels: NDArray[np.int64],
    train: NDArray[np.int64],
    validation: NDArray[np.int64],
    classes: int,
) -> logistic.Solution:
    """The head of the strength with the best accuracy on validation, as rung `frozen` chooses."""
    tried: list[tuple[tuple[float, float], logistic.Solution]] = []
    learnt = torch.from_numpy(features[train]), torch.from_numpy(labels[train])
    best = 0
    for solution in logistic.path(*learnt, classes):
        scores = _answers(solution, features[validation])
        own = scores[np.arange(len(scores)), labels[validation]]
        loss = float(np.log(np.maximum(own, np.finfo(np.float32).tiny)).mean())
        tried.append((((scores.argmax(1) == labels[validation]).mean(), loss), solution))
        if tried[-1][0] > tried[best][0]:
            best = len(tried) - 1
        if len(tried) - 1 - best == PATIENCE:
            break
    return tried[best][1]


def _answers(head: logistic.Solution, rows: Floats) -> Floats:
    """Probabilities (rows, classes)."""
    logits = rows @ head.weight.numpy().T + head.bias.numpy()
    scores: Floats = softmax(logits, axis=1).astype(np.float32)
    return scores
