"""Regions that training does not cover, and differences between two samples."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest, fisher_exact, ks_2samp

from rungwise.evaluation.distances import nearest, unit
from rungwise.evaluation.shifted import distributions, many, shares
from rungwise.evaluation.uncovered import LEAST, coverage


def around(
    chance: np.random.Generator, rows: int, axis: int, spread: float = 0.1
) -> NDArray[np.float32]:
    """Unit vectors about one axis of eight."""
    vectors = chance.normal(0, spread, (rows, 8)).astype(np.float32)
    vectors[:, axis] += 1
    return unit(vectors)


def test_the_nearest_row_is_the_one_of_the_whole_product() -> None:
    chance = np.random.default_rng(1)
    rows = unit(chance.normal(size=(5000, 8)).astype(np.float32))
    similar = rows @ rows[:900].T
    distances, places = nearest(rows, rows[:900])
    np.testing.assert_allclose(similar[np.arange(5000), places], similar.max(axis=1), atol=1e-6)
    np.testing.assert_allclose(distances, 1 - similar.max(axis=1), atol=1e-6)
    own = np.where(np.arange(5000) < 900, np.arange(5000), -1)
    without, others = nearest(rows, rows[:900], own)
    np.fill_diagonal(similar[:900], -1)
    np.testing.assert_allclose(without, 1 - similar.max(axis=1), atol=1e-6)
    assert (others[:900] != np.arange(900)).all()


def test_a_zero_vector_stays_zero() -> None:
    assert np.array_equal(unit(np.zeros((1, 3), np.float32)), np.zeros((1, 3), np.float32))


@pytest.mark.parametrize("planted", [3, 10])
def test_rows_of_an_unknown_kind_are_the_first_region(planted: int) -> None:
    chance = np.random.default_rng(2)
    train = np.concatenate([around(chance, 300, axis) for axis in range(4)])
    held_out = np.concatenate([around(chance, 60, axis) for axis in range(4)])
    known = np.concatenate([around(chance, 40, axis) for axis in range(4)])
    sample = np.concatenate([known, around(chance, planted, 6)])
    seen = coverage(sample, train, held_out, 5, seed=20)
    assert seen is not None
    assert set(seen.regions[0].rows) == set(range(160, 160 + planted))
    assert (seen.chance[160:] < 0.01).all()
    rows = [row for region in seen.regions for row in region.rows]
    assert len(rows) == len(set(rows)) and len(seen.regions) <= 5


def test_chance_is_uniform_where_nothing_is_unknown() -> None:
    """A conformal p-value: of rows like the held-out ones, a share a lies at a or below."""
    chance = np.random.default_rng(3)
    train, held_out, sample = (around(chance, rows, 0) for rows in (1000, 1000, 1000))
    seen = coverage(sample, train, held_out, 5, seed=20)
    assert seen is not None
    assert ks_2samp(seen.chance, np.arange(1, 1001) / 1000).pvalue > 0.01


def test_without_enough_held_out_rows_nothing_is_said() -> None:
    chance = np.random.default_rng(4)
    train = around(chance, 50, 0)
    assert coverage(train, train, train[: LEAST - 1], 5, seed=20) is None


@pytest.mark.parametrize("rows", [1, 2, 5000])
def test_samples_of_any_size_are_looked_at(rows: int) -> None:
    chance = np.random.default_rng(5)
    train, held_out = around(chance, 200, 0), around(chance, 50, 0)
    identical = np.repeat(around(chance, 1, 3), rows, axis=0)
    seen = coverage(identical, train, held_out, 5, seed=20)
    assert seen is not None
    assert len(seen.chance) == rows and seen.regions[0].evidence > 0


def test_shares_differ_as_fisher_and_holm_say() -> None:
    first = ["a"] * 40 + ["b"] * 80 + ["c"] * 80
    second = ["a"] * 4 + ["b"] * 90 + ["c"] * 90
    found = shares(first, second, 0.05)
    raw = {
        label: fisher_exact(
            [
                [first.count(label), len(first) - first.count(label)],
                [second.count(label), len(second) - second.count(label)],
            ]
        ).pvalue
        for label in "abc"
    }
    assert [one.label for one in found] == ["a"]
    assert found[0].chance == pytest.approx(raw["a"]) and raw["a"] < 0.05 / 3
    assert sorted(raw.values())[1] > 0.05 / 2
    assert [found[0].first, found[0].second] == pytest.approx([0.2, 4 / 184])
    assert shares(first, first, 0.05) == ()


def test_counts_and_lengths_agree_with_scipy() -> None:
    exact = binomtest(20, 200, 0.05, alternative="greater").pvalue
    assert many(20, 200, 0.05) == pytest.approx(exact)
    assert many(0, 200, 0.05) == 1
    gap = distributions(np.arange(100.0), np.arange(50.0, 150.0))
    assert gap.size == pytest.approx(0.5) and gap.chance < 1e-9
    assert gap.first - gap.second == pytest.approx(0.5)


@pytest.mark.parametrize("rows", [9, 99, 600])
def test_one_draw_beyond_all_others_has_the_chance_of_its_rank(rows: int) -> None:
    """Of n + 1 draws of one distribution each is equally likely to be the largest or smallest."""
    gap = distributions(np.arange(float(rows)), np.array([rows + 5.0]))
    assert gap.chance == pytest.approx(2 / (rows + 1))
