"""One label an item from the labels of several people, weighing each by what they confuse (R14).

Dawid & Skene 1979, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM
Algorithm": the true labels and every annotator's confusion matrix are estimated in turn. Two
things differ. Only labels that somebody gave to an item can be its consensus, so the work grows
with the ratings and not with items × labels. And each confusion matrix is drawn, with the weight
of one rating, towards one in which the annotator is right as often as they are on the whole and
wrong evenly: with many labels and few ratings of each, the maximum likelihood believes anything.

The estimates are iterated until they settle; plain EM creeps, so its steps are extrapolated
(Varadhan & Roland 2008, "Simple and Globally Convergent Methods for Accelerating the Convergence of
Any EM Algorithm"). The model takes annotators to err independently, but they err together on hard
items, so its probabilities are too sure. They are brought to a temperature at which every rating is
predicted best by the other ratings of its item (temperature scaling, Guo et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.evaluation.ratings import Floats, Integers, Ratings

ROUNDS = 3_000
SETTLED = 1e-6
"""Largest change of a probability at which the estimates count as settled."""
TEMPERATURES = np.geomspace(1.0, 16.0, 41)
TIE = 1e-9
"""Labels whose probabilities differ by less are tied: nobody's word is then taken."""
PRIOR = 1.0
"""Ratings that an annotator's overall accuracy weighs in each row of his confusion matrix."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """What the items are, by everybody's word.

    Attributes:
        label: The most probable label of each item (items); null where several are tied.
        probability: Its probability, calibrated (items).
        votes: Ratings that gave this label (items); 0 where it is tied.
        rounds: Rounds until the estimates settled, or about `ROUNDS`.
        settled: Whether they did.
        temperature: What the log-odds were divided by: 1 if annotators err independently.
    """

    label: pl.Series
    probability: Floats
    votes: Integers
    rounds: int
    settled: bool
    temperature: float


def dawid_skene(ratings: Ratings) -> Consensus:
    """The consensus of every item, those with one rating included."""
    model = _Model(ratings)
    probability, rounds, settled = _iterated(model)
    temperature = model.temperature(probability)
    cooled = model.posterior(probability, temperature)
    return _decided(model, cooled, rounds, settled, temperature)


def _iterated(model: _Model) -> tuple[Floats, int, bool]:
    """Probabilities that a further round leaves alone, the rounds, and whether they settled."""
    probability, rounds = model.shares, 0
    while rounds < ROUNDS:
        first = model.posterior(probability)
        second = model.posterior(first)
        rounds += 2
        if float(np.abs(second - first).max(initial=0)) < SETTLED:
            return second, rounds, True
        step, turn = first - probability, second - 2 * first + probability
        curvature = max(float(np.linalg.norm(turn)), 1e-300)
        length = -max(1.0, float(np.linalg.norm(step)) / curvature)
        leap = np.maximum(probability - 2 * length * step + length**2 * turn, 0)
        weight = np.bincount(model.item, leap, model.items)[model.item]
        sound = np.where(weight > 0, leap / np.where(weight > 0, weight, 1), second)
        probability = model.posterior(sound)
        rounds += 1
    return probability, rounds, False


class _Model:
    """Candidates (an item and a label somebody gave it), and what every rating says of each."""

    def __init__(self, ratings: Ratings) -> None:
        classes, items = len(ratings.labels), len(ratings.items)
        cell, self.votes = np.unique(ratings.item * classes + ratings.label, return_counts=True)
        self.item, self.label = cell // max(classes, 1), cell % max(classes, 1)
        self.ratings, self.classes, self.items = ratings, classes, items
        self.shares: Floats = self.votes / ratings.sizes[self.item]
        # Every rating beside every candidate of its item.
        begin = np.searchsorted(self.item, np.arange(items + 1))
        many = np.diff(begin)[ratings.item]
        rating = np.repeat(np.arange(len(ratings)), many)
        within = np.arange(len(rating)) - np.repeat(np.cumsum(many) - many, many)
        self.candidate = begin[ratings.item[rating]] + within
        self.annotator = ratings.annotator[rating]
        given, truth = ratings.label[rating], self.label[self.candidate]
        self.right = given == truth
        self.rating = rating
        row = self.annotator * classes + truth
        self.row, self.cell = _dense(row), _dense(row * classes + given)

    def posterior(self, probability: Floats, temperature: float = 1.0) -> Floats:
        """One round: confusions and class shares from the labels, then the labels from those."""
        says, prior = self._estimated(probability)
        log = prior + np.bincount(self.candidate, says, len(self.item))
        return _normalised(log / temperature, self.item, self.items)

    def temperature(self, probability: Floats) -> float:
        """The temperature at which ratings are predicted best by the others of their item."""
        says, prior = self._estimated(probability)
        every = prior + np.bincount(self.candidate, says, len(self.item))
        without = every[self.candidate] - says  # what the item is by everybody else's word…
        alone = self.ratings.sizes[self.ratings.item[self.rating]] < 2
        if alone.all():
            return 1.0
        unnamed = self.right & (self.votes[self.candidate] == 1) & ~alone
        without[unnamed] = -np.inf  # …which never named it
        likelihood = [
            self._predicted(without / temperature, says, ~alone) for temperature in TEMPERATURES
        ]
        return float(TEMPERATURES[int(np.argmax(likelihood))])

    def _predicted(self, log: Floats, says: Floats, counted: NDArray[np.bool_]) -> float:
        """Log likelihood of every counted rating, given what the others make of its item."""
        weight = _normalised(log, self.rating, len(self.ratings))
        chance = np.bincount(self.rating, weight * np.exp(says), len(self.ratings))
        kept = np.bincount(self.rating, counted, len(self.ratings)) > 0
        return float(np.log(np.maximum(chance[kept], 1e-300)).sum())

    def _estimated(self, probability: Floats) -> tuple[Floats, Floats]:
        """What each rating says of each candidate, and the share of its class; logarithms."""
        weight = probability[self.candidate]
        people = len(self.ratings.annotators)
        right = np.bincount(self.annotator, weight * self.right, people)
        whole = np.bincount(self.annotator, weight, people)
        accuracy = ((right + 1) / (whole + 2))[self.annotator]  # Laplace: nobody is certain
        even = np.where(self.right, accuracy, (1 - accuracy) / max(self.classes - 1, 1))
        cell = np.bincount(self.cell, weight)[self.cell]
        row = np.bincount(self.row, weight)[self.row]
        says = np.log((cell + PRIOR * even) / (row + PRIOR))
        share = (np.bincount(self.label, probability, self.classes) + 1) / (
            self.items + self.classes
        )
        return says, np.log(share)[self.label]


def _normalised(log: Floats, item: Integers, items: int) -> Floats:
    """Probabilities that add up to 1 in each item."""
    highest = np.full(items, -np.inf)
    np.maximum.at(highest, item, log)
    weight = np.exp(log - highest[item])
    return np.asarray(weight / np.bincount(item, weight, items)[item])


def _dense(codes: Integers) -> Integers:
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def _decided(
    model: _Model, probability: Floats, rounds: int, settled: bool, temperature: float
) -> Consensus:
    order = np.lexsort((-probability, model.item))
    first = order[np.unique(model.item[order], return_index=True)[1]]
    best = probability[first]
    tied = np.bincount(model.item, probability > best[model.item] - TIE, model.items) > 1
    label = model.ratings.labels.gather(model.label[first])
    return Consensus(
        label=pl.select(pl.when(pl.Series(~tied)).then(label)).to_series().alias("consensus"),
        probability=best,
        votes=np.where(tied, 0, model.votes[first]),
        rounds=rounds,
        settled=settled,
        temperature=temperature,
    )
