"""How probable it is that a given label is wrong, from out-of-sample probabilities (R12).

A label is either a draw from what the model says of the row, or contamination. The model's say is
brought to a temperature; how much is contamination, and which label it puts in place of which,
is estimated with it by EM (Dempster, Laird & Rubin 1977). A row that is hard for the model is
therefore not taken for an error: only labels rarer than the model's own doubt explains are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rungwise.evaluation.ratings import Floats, Integers

ROUNDS = 50
SETTLED = 1e-4
LEAST = 1e-12
"""Smallest probability that is believed: models that answer 0 are surer than they can be."""
SPREAD = 1.0
"""Even errors that are added to those of each class that is answered: few rows prove little."""
TEMPERATURES = np.geomspace(0.25, 4.0, 33)


@dataclass(frozen=True, slots=True)
class Doubts:
    """What is thought of each label.

    Attributes:
        wrong: Probability that the given label is wrong (n).
        suggested: Class index that is more likely, the most probable other one (n).
        flagged: The rows to look at: those that maximise the expected F1 (n).
        temperature: What the model's logits were divided by; below 1 it was too unsure.
        rate: Estimated share of wrong labels.
    """

    wrong: Floats
    suggested: Integers
    flagged: NDArray[np.bool_]
    temperature: float
    rate: float


def doubts(scores: Floats, given: Integers) -> Doubts:
    """Estimate the mixture.

    Args:
        scores: Out-of-sample probabilities (n, classes), two classes at least.
        given: Class index of each label (n).
    """
    rows, classes = scores.shape
    if not rows:
        none = np.empty(0)
        return Doubts(none, none.astype(np.int64), none.astype(bool), 1.0, 0.0)
    place = np.arange(rows)
    logs = np.log(np.maximum(scores, LEAST))
    best = logs.argmax(1)
    others = logs.copy()
    others[place, given] = -np.inf
    suggested = others.argmax(1)
    rate, warmth = 0.05, int(np.argmin(np.abs(TEMPERATURES - 1)))
    wrong = np.zeros(rows)
    for _ in range(ROUNDS):
        own = _own(logs, given, TEMPERATURES[warmth])
        noise = _noise(best, given, wrong, classes)
        before, wrong = wrong, rate * noise / (rate * noise + (1 - rate) * own)
        rate = float(np.clip(wrong.mean(), 1 / (rows + 1), 0.5))
        warmth = _warmer(logs, given, 1 - wrong, warmth)
        if np.abs(wrong - before).max() < SETTLED:
            break
    return Doubts(wrong, suggested, _best_f1(wrong), float(TEMPERATURES[warmth]), rate)


def _own(logs: Floats, given: Integers, temperature: float) -> Floats:
    """Probability of the given label by the model at a temperature (n)."""
    scaled = logs / temperature
    scaled -= scaled.max(1, keepdims=True)
    weight = np.exp(scaled)
    return np.asarray(weight[np.arange(len(given)), given] / weight.sum(1))


def _noise(best: Integers, given: Integers, wrong: Floats, classes: int) -> Floats:
    """Probability of the given label where it is wrong, by the class that is answered (n)."""
    cell = best * classes + given
    other = best != given
    into = np.bincount(cell, wrong * other, classes * classes)
    sums = np.bincount(best, wrong * other, classes)
    even = SPREAD * classes
    noise = (into[cell] + even / (classes - 1)) / (sums[best] + even)
    return np.where(other, noise, 1 / classes**2)


def _warmer(logs: Floats, given: Integers, weight: Floats, warmth: int) -> int:
    """The place of the temperature at which believed labels are likelier: a step, or none."""
    near = range(max(warmth - 1, 0), min(warmth + 2, len(TEMPERATURES)))
    told = [weight @ np.log(np.maximum(_own(logs, given, TEMPERATURES[t]), LEAST)) for t in near]
    return near[int(np.argmax(told))]


def _best_f1(wrong: Floats) -> NDArray[np.bool_]:
    """The rows of highest probability, as many as maximise the expected F1 of flagging them.

    Lewis 1995, "Evaluating and Optimizing Autonomous Text Classification Systems".
    """
    order = np.argsort(-wrong, kind="stable")
    hits = np.cumsum(wrong[order])
    value = 2 * hits / (np.arange(1, len(wrong) + 1) + wrong.sum())
    flagged = np.zeros(len(wrong), bool)
    flagged[order[: int(value.argmax()) + 1]] = True
    return flagged & (wrong > 0)
