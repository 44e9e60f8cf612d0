"""How probable it is that a given label is wrong, from out-of-sample probabilities (R12).

A label is one of three things: a draw from what the model says of the row; a slip, which puts
another class in its place whatever the row says; or a misjudgement, which takes a lesser class of
this very row, each as the model says. The model's say is brought to a temperature, and how many
slips there are is estimated with it by EM (Dempster, Laird & Rubin 1977). So a label counts as
wrong when it is rarer than the model's own doubt explains, and not because the row is hard.

Misjudgements cannot be told from hard rows by any probabilities: their rate is not estimated but
taken from the literature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rungwise.evaluation.ratings import Floats, Integers

ROUNDS = 50
SETTLED = 1e-4
LEAST = 1e-12
"""Nothing is divided by less."""
MISJUDGED = 0.033
"""Share of labels that people misjudge: the mean over ten well-known test sets (Northcutt, Athalye
& Mueller 2021, "Pervasive Label Errors in Test Sets Destabilize Machine Learning Benchmarks")."""
WORTH = 0.2
"""Rows below this probability are not worth a look, whatever F1 expects of few errors."""
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
    """Estimate the mixture, with slips that fall evenly and with slips that follow the classes.

    The second knows which class is put for which, and needs a rate for each pair that occurs: it
    is believed where its likelihood is worth that (Hannan & Quinn 1979).

    Args:
        scores: Out-of-sample probabilities (n, classes), two classes at least.
        given: Class index of each label (n).
    """
    rows = len(scores)
    if not rows:
        none = np.empty(0)
        return Doubts(none, none.astype(np.int64), none.astype(bool), 1.0, 0.0)
    logs = np.log(np.maximum(scores, 1 / rows))  # so many rows vouch for no rarer label
    best = logs.argmax(1)
    logs -= logs[np.arange(rows), best][:, None]
    other = best != given
    even, learnt = (_fitted(logs, given, best, by_class=by_class) for by_class in (False, True))
    pairs = len(np.unique((best * scores.shape[1] + given)[other]))
    worth = learnt.likelihood - even.likelihood > pairs * np.log(np.log(max(rows, 16)))
    fit = learnt if worth else even
    others = logs.copy()
    others[np.arange(rows), given] = -np.inf
    flagged = _best_f1(fit.wrong) & other & (fit.wrong >= WORTH)
    rate = float(fit.wrong.mean())
    return Doubts(fit.wrong, others.argmax(1), flagged, fit.temperature, rate)


@dataclass(frozen=True, slots=True)
class _Fit:
    """One mixture: what it thinks of each label (n), and its log likelihood."""

    wrong: Floats
    temperature: float
    likelihood: float


def _fitted(logs: Floats, given: Integers, best: Integers, *, by_class: bool) -> _Fit:
    rows, classes = logs.shape
    other = best != given
    rate, warmth = 0.05, int(np.argmin(np.abs(TEMPERATURES - 1)))
    wrong, slip, every = np.zeros(rows), np.zeros(rows), np.ones(rows)
    for _ in range(ROUNDS):
        own, top = _tempered(logs, given, TEMPERATURES[warmth])
        slips = rate * (1 - own) / (classes - 1)
        if by_class:
            slips = np.where(other, rate * _put(best, given, slip * other, classes), slips)
        misjudged = np.where(other, MISJUDGED * own / np.maximum(1 - top, LEAST), 0)
        every = (1 - rate - MISJUDGED) * own + slips + misjudged
        before, wrong, slip = wrong, (slips + misjudged) / every, slips / every
        rate = float(np.clip(slip.mean(), 1 / (rows + 1), 0.5))
        warmth = _warmer(logs, given, 1 - wrong, warmth)
        if np.abs(wrong - before).max() < SETTLED:
            break
    likelihood = float(np.log(np.maximum(every, LEAST)).sum())
    return _Fit(wrong, float(TEMPERATURES[warmth]), likelihood)


def _put(best: Integers, given: Integers, slip: Floats, classes: int) -> Floats:
    """How often a slip puts the given class where this one is answered (n).

    As many slips as there are classes are counted ahead, evenly: few prove little.
    """
    cell = best * classes + given
    _, place = np.unique(cell, return_inverse=True)
    into, sums = np.bincount(place, slip)[place], np.bincount(best, slip, classes)[best]
    return np.asarray((into + classes / (classes - 1)) / (sums + classes))


def _tempered(logs: Floats, given: Integers, temperature: float) -> tuple[Floats, Floats]:
    """Probabilities of the given and of the most probable label at a temperature (n each).

    `logs` are relative to the most probable label.
    """
    weight = np.exp(logs / temperature)
    top = 1 / weight.sum(1)
    return weight[np.arange(len(given)), given] * top, top


def _warmer(logs: Floats, given: Integers, weight: Floats, warmth: int) -> int:
    """The place of the temperature at which believed labels are likelier: a step, or none."""
    near = range(max(warmth - 1, 0), min(warmth + 2, len(TEMPERATURES)))
    own = [_tempered(logs, given, TEMPERATURES[step])[0] for step in near]
    return near[int(np.argmax([weight @ np.log(np.maximum(each, LEAST)) for each in own]))]


def _best_f1(wrong: Floats) -> NDArray[np.bool_]:
    """The rows of highest probability, as many as maximise the expected F1 of flagging them.

    Lewis 1995, "Evaluating and Optimizing Autonomous Text Classification Systems".
    """
    order = np.argsort(-wrong, kind="stable")
    hits = np.cumsum(wrong[order])
    value = 2 * hits / (np.arange(1, len(wrong) + 1) + wrong.sum())
    flagged = np.zeros(len(wrong), bool)
    flagged[order[: int(value.argmax()) + 1]] = True
    return flagged
