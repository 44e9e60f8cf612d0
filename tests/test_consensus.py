"""One label an item from many: after Dawid and Skene, with ties left open."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from tests.test_agreement import TABLES, ratings

from rungwise.evaluation import consensus
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


def campaign(hard: float, seed: int) -> tuple[np.ndarray, list[list[str | None]]]:
    """Truth and table of 1,500 items, 20 people, 5 of them an item; a share of items is hard.

    On a hard item everybody who errs errs alike, so that mistakes are not independent.
    """
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 4, 1500)
    skill = generator.uniform(0.7, 0.95, 20)
    table: list[list[str | None]] = []
    for label in truth:
        others = (label + generator.permutation([1, 2, 3])) % 4
        is_hard, row = generator.random() < hard, list[str | None]([None] * 20)
        for person in generator.choice(20, 5, replace=False):
            right = generator.random() < (0.5 if is_hard else skill[person])
            wrong = others[0] if is_hard else generator.choice(others)
            row[person] = str(label if right else wrong)
        table.append(row)
    return truth, table


def too_sure(probability: np.ndarray, found: consensus.Consensus, hard: float) -> float:
    """By how much the mean probability exceeds the share of items that are right."""
    truth, table = campaign(hard, seed=4)
    places = ratings(table).items.str.strip_prefix("item ").cast(pl.Int64).to_numpy()
    right = found.label.to_numpy() == truth[places].astype(str)
    return float((probability - right).mean())


def test_probabilities_are_those_of_being_right_if_people_err_independently() -> None:
    found = dawid_skene(ratings(campaign(0.0, seed=4)[1]))
    assert found.settled
    noise = float(np.sqrt((found.probability * (1 - found.probability)).mean() / 1500))
    assert abs(too_sure(found.probability, found, 0.0)) < 3 * noise


def test_the_temperature_takes_back_part_of_what_is_too_sure() -> None:
    model = consensus._Model(ratings(campaign(0.2, seed=4)[1]))
    settled = consensus._iterated(model)[0]
    plain = consensus._decided(model, settled, 1, True, 1.0)
    found = dawid_skene(ratings(campaign(0.2, seed=4)[1]))
    before = too_sure(plain.probability, plain, 0.2)
    after = too_sure(found.probability, found, 0.2)
    assert before > 0.06
    assert 0 < after < 0.9 * before


def test_errors_that_are_shared_make_it_less_sure_and_independent_ones_do_not() -> None:
    apart, together = (dawid_skene(ratings(campaign(hard, seed=4)[1])) for hard in (0.0, 0.3))
    assert apart.temperature < 1.2
    assert together.temperature > 1.5


def test_the_estimates_are_those_that_plain_iteration_creeps_to() -> None:
    """Extrapolated steps end where many plain rounds of EM end."""
    told = ratings(campaign(0.3, seed=9)[1])
    model = consensus._Model(told)
    plain = model.shares
    for _ in range(3000):
        plain = model.posterior(plain)
    quick, rounds, settled = consensus._iterated(model)
    assert settled
    assert rounds < 300
    assert np.abs(quick - plain).max() < 1e-4
