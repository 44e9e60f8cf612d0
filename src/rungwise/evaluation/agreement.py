"""How far people who label the same items agree beyond chance (R14).

Krippendorff's alpha for nominal labels (2004, "Content Analysis", chapter 11) takes any number
of ratings an item and any annotators that are missing; an item with one rating says nothing and
does not count. Kappa is given beside it, because readers ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rungwise.evaluation.bootstrap_intervals import bias_corrected
from rungwise.evaluation.proportions import hidden_errors
from rungwise.evaluation.ratings import Floats, Integers, Ratings
from rungwise.evaluation.resampling import cells, drawn_cells
from rungwise.policy import Policy

DRAWS = 200_000_000
"""Kinds of items times resamples; beyond, fewer resamples are drawn (never below 100)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Which labels the items with several ratings got: one entry an item and label that occurs.

    Attributes:
        item, label: Codes (entries); items are counted anew from 0.
        times: How often the item got the label (entries).
        size: Ratings of each item (items), 2 or more.
        labels: How many labels there are, unused ones included.
    """

    item: Integers
    label: Integers
    times: Integers
    size: Integers
    labels: int

    @staticmethod
    def of(ratings: Ratings) -> Counts:
        """Count the ratings of every item that has at least two."""
        paired = ratings.paired
        _, item = np.unique(ratings.item[paired], return_inverse=True)
        classes = len(ratings.labels)
        cell, times = np.unique(item * classes + ratings.label[paired], return_counts=True)
        size = np.bincount(item).astype(np.int64)
        return Counts(cell // max(classes, 1), cell % max(classes, 1), times, size, classes)

    @property
    def items(self) -> int:
        """Items with several ratings."""
        return len(self.size)

    @property
    def totals(self) -> Integers:
        """Ratings with each label (labels)."""
        return _summed(self.label, self.times, self.labels).astype(np.int64)

    @property
    def disagreement(self) -> Floats:
        """Ordered pairs of unequal ratings of each item, over its ratings less one (items)."""
        equal = _summed(self.item, self.times**2, self.items)
        return (self.size**2 - equal) / (self.size - 1)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient with its interval; 1 is full agreement, 0 is chance."""

    value: float
    low: float
    high: float
    items: int
    ratings: int


def krippendorff_alpha(counts: Counts) -> float | None:
    """Alpha; None where it is undefined: no item with two ratings, or one label only."""
    return _alpha(counts.disagreement.sum(), counts.totals.astype(np.float64))


def alpha_interval(counts: Counts, policy: Policy) -> Agreement | None:
    """Alpha with a bootstrap interval over items; None where it is undefined.

    Where nobody ever disagreed every resample says 1. The low end is then the alpha at the
    largest share of disagreement that as many agreements in a row leave open.
    """
    value = krippendorff_alpha(counts)
    if value is None:
        return None
    ratings = int(counts.size.sum())
    if value == 1:
        hidden = hidden_errors(counts.items, policy.confidence) / counts.items
        expected = _expected(counts.totals.astype(np.float64))
        return Agreement(value, max(-1.0, 1 - hidden / expected), 1.0, counts.items, ratings)
    low, high = bias_corrected(_resampled(counts, policy), value, policy.confidence)
    return Agreement(value, low, high, counts.items, ratings)


def class_alphas(counts: Counts) -> Floats:
    """Alpha of each label against all others (labels); NaN where it is undefined."""
    totals = counts.totals.astype(np.float64)
    size = counts.size[counts.item]
    unequal = 2 * counts.times * (size - counts.times) / (size - 1)
    disagreement = _summed(counts.label, unequal, counts.labels)
    ratings = totals.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - (ratings - 1) * disagreement / (2 * totals * (ratings - totals)))


def fleiss_kappa(counts: Counts) -> float | None:
    """Fleiss' kappa (1971); items may differ in their number of ratings, each weighs the same.

    None where it is undefined.
    """
    if not counts.items:
        return None
    observed = 1 - float((counts.disagreement / counts.size).mean())
    shares = counts.totals / counts.totals.sum()
    return _beyond_chance(observed, float((shares**2).sum()))


def cohen_kappa(first: Integers, second: Integers) -> float | None:
    """Cohen's kappa (1960) of two annotators' label codes on the same items, aligned (n)."""
    if not len(first):
        return None
    labels = int(max(first.max(), second.max())) + 1
    shares = [np.bincount(codes, minlength=labels) / len(codes) for codes in (first, second)]
    return _beyond_chance(float((first == second).mean()), float(shares[0] @ shares[1]))


def _beyond_chance(observed: float, chance: float) -> float | None:
    return None if np.isclose(chance, 1, atol=1e-15) else (observed - chance) / (1 - chance)


def _expected(totals: Floats) -> float:
    """Share of unequal pairs among all ratings, whoever gave them to whatever."""
    ratings = totals.sum()
    return float((ratings**2 - (totals**2).sum()) / (ratings * (ratings - 1)))


def _alpha(disagreement: float, totals: Floats) -> float | None:
    ratings = totals.sum()
    unequal = ratings**2 - (totals**2).sum()
    return float(1 - (ratings - 1) * disagreement / unequal) if unequal else None


def _resampled(counts: Counts, policy: Policy) -> Floats:
    """Alpha over resamples of the items; items with the same ratings are drawn as one kind."""
    from scipy.sparse import csr_array

    first, often = cells(_kinds(counts))
    draws = max(100, min(policy.resamples, DRAWS // len(first)))
    place = np.full(counts.items, -1)
    place[first] = np.arange(len(first))
    kept = place[counts.item] >= 0
    where = (place[counts.item[kept]], counts.label[kept])
    labels = csr_array((counts.times[kept].astype(np.float64), where), (len(first), counts.labels))
    disagreement = counts.disagreement[first]
    values = []
    for drawn in drawn_cells(often, policy.model_copy(update={"resamples": draws})):
        totals = np.asarray((labels.T @ drawn.T).T)
        ratings = totals.sum(1)
        unequal = ratings**2 - (totals**2).sum(1)
        with np.errstate(divide="ignore", invalid="ignore"):
            values.append(1 - (ratings - 1) * (drawn @ disagreement) / unequal)
    return np.concatenate(values)


def _kinds(counts: Counts) -> Integers:
    """The same number for items that got the same labels equally often (items)."""
    entries = pl.DataFrame({"item": counts.item, "label": counts.label, "times": counts.times})
    listed = entries.group_by("item", maintain_order=True).agg(
        pl.format("{}:{}", "label", "times").str.join(",").alias("kind")
    )
    return listed["kind"].rank("dense").cast(pl.Int64).to_numpy()


def _summed(codes: Integers, weights: Integers | Floats, length: int) -> Floats:
    return np.bincount(codes, weights, length).astype(np.float64)
