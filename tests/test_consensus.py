"""One label an item from many: after Dawid and Skene, with ties left open."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from tests.test_agreement import TABLES, ratings

from rungwise.evaluation.consensus import dawid_skene


@given(TABLES)
def test_a_consensus_is_a_label_that_somebody_gave(table: list[list[str | None]]) -> None:
    told = ratings(table)
    found = dawid_skene(told)
    said = [{label for label in row if label} for row in table if any(row)]
    by_item = dict(zip(told.items, found.label, strict=True))
    named = [f"item {place}" for place, row in enumerate(table) if any(row)]
    for name, labels in zip(named, said, strict=True):
        assert by_item[name] is None or by_item[name] in labels
        assert len(labels) > 1 or by_item[name] in labels
    assert ((found.probability > 0) & (found.probability <= 1 + 1e-12)).all()


def test_two_people_who_contradict_each_other_evenly_are_tied() -> None:
    found = dawid_skene(ratings([["x", "y"], ["y", "x"]]))
    assert found.label.to_list() == [None, None]
    assert found.votes.tolist() == [0, 0]


def test_those_who_know_outvote_those_who_guess() -> None:
    """Two who are nearly always right against three who guess: the majority is often wrong."""
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 4, 600)
    wrong = (0.03, 0.03, 0.75, 0.75, 0.75)
    said = np.array(
        [
            np.where(
                generator.random(600) < rate, (truth + generator.integers(1, 4, 600)) % 4, truth
            )
            for rate in wrong
        ]
    ).T
    told = ratings([[str(label) for label in row] for row in said])
    found = dawid_skene(told)
    places = told.items.str.strip_prefix("item ").cast(pl.Int64).to_numpy()
    right = (found.label.to_numpy() == truth[places].astype(str)).mean()
    majority = np.array([np.bincount(row, minlength=4).argmax() for row in said])
    # Where the two who know differ (six in a hundred) nobody can tell: .97 is the best there is.
    assert (majority == truth).mean() < 0.9
    assert right > 0.93


def test_it_finds_who_mistakes_one_class_for_another() -> None:
    """A person who always says y for x is still heard: where he says z, it is z."""
    generator = np.random.default_rng(1)
    truth = generator.choice(list("xyz"), 300)
    mixed = np.where(truth == "x", "y", truth)
    noisy = [
        np.where(generator.random(300) < 0.3, generator.choice(list("xyz"), 300), truth)
        for _ in range(2)
    ]
    told = ratings(
        [list(row) for row in zip(mixed.tolist(), *(n.tolist() for n in noisy), strict=True)]
    )
    found = dict(zip(told.items, dawid_skene(told).label, strict=True))
    right = {
        kind: [found[f"item {n}"] == kind for n in range(300) if truth[n] == kind] for kind in "xyz"
    }
    assert np.mean(right["z"]) > 0.97
    assert np.mean(right["x"]) > 0.6
