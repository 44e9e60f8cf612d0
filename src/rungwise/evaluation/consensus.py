"""One label an item from the labels of several people, weighing each by what they confuse (R14).

Dawid & Skene 1979, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM
Algorithm": the true labels and every annotator's confusion matrix are estimated in turn. Two
things differ. Only labels that somebody gave to an item can be its consensus, so the work grows
with the ratings and not with items × labels. And each confusion matrix is drawn, with the weight
of one rating, towards one in which the annotator is right as often as he is on the whole and
wrong evenly: with many labels and few ratings of each, the maximum likelihood believes anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rungwise.evaluation.ratings import Floats, Integers, Ratings

ROUNDS = 100
SETTLED = 1e-6
"""Largest change of a probability at which the estimates count as settled."""
TIE = 1e-9
"""Labels whose probabilities differ by less are tied: nobody's word is then taken."""
PRIOR = 1.0
"""Ratings that an annotator's overall accuracy weighs in each row of his confusion matrix."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """What the items are, by everybody's word.

    Attributes:
        label: The most probable label of each item (items); null where several are tied.
        probability: Its probability (items).
        votes: Ratings that gave this label (items); 0 where it is tied.
        rounds: Rounds until the estimates settled, or `ROUNDS`.
    """

    label: pl.Series
    probability: Floats
    votes: Integers
    rounds: int


def dawid_skene(ratings: Ratings) -> Consensus:
    """The consensus of every item, those with one rating included."""
    model = _Model(ratings)
    probability = model.shares
    rounds, moved = 0, np.inf
    while rounds < ROUNDS and moved >= SETTLED:
        before, probability = probability, model.improved(probability)
        rounds, moved = rounds + 1, float(np.abs(probability - before).max(initial=0))
    return _decided(model, probability, rounds)


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
        row = self.annotator * classes + truth
        self.row, self.cell = _dense(row), _dense(row * classes + given)

    def improved(self, probability: Floats) -> Floats:
        """One round: confusions and class shares from the labels, then the labels from those."""
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
        log = np.log(share)[self.label] + np.bincount(self.candidate, says, len(self.item))
        return _normalised(log, self.item, self.items)


def _normalised(log: Floats, item: Integers, items: int) -> Floats:
    """Probabilities that add up to 1 in each item."""
    highest = np.full(items, -np.inf)
    np.maximum.at(highest, item, log)
    weight = np.exp(log - highest[item])
    return np.asarray(weight / np.bincount(item, weight, items)[item])


def _dense(codes: Integers) -> Integers:
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def _decided(model: _Model, probability: Floats, rounds: int) -> Consensus:
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
    )
