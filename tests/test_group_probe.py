"""Hidden groups: how they are found, and what a probe says they change (R21)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.data.group_candidates import candidates, otsu
from rungwise.data.group_probe import probe

GROUPS, SIZE = 60, 5


def series() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Five noisy pictures of each of 60 things; the label of a thing is a coin's."""
    generator = np.random.default_rng(3)
    things = generator.normal(size=(GROUPS, 30)).astype(np.float32)
    groups = np.repeat(np.arange(GROUPS), SIZE)
    noise = 0.1 * generator.normal(size=(GROUPS * SIZE, 30)).astype(np.float32)
    return things[groups] + noise, generator.integers(0, 2, GROUPS)[groups], groups


def test_what_is_memory_is_lost_when_groups_are_kept_whole() -> None:
    features, labels, groups = series()
    found = probe(features, labels, groups, seed=1)
    assert found.at_random > 0.99
    assert 0.3 < found.grouped < 0.7
    assert found.low > 0.2 and found.low < found.drop < found.high
    assert found.drop == pytest.approx(found.at_random - found.grouped)


def test_groups_that_mean_nothing_change_nothing() -> None:
    features, labels, groups = series()
    shuffled = np.random.default_rng(4).permutation(groups)
    found = probe(features, labels, shuffled, seed=1)
    assert found.low <= 0.03


def test_a_series_is_found_by_its_numbers_and_its_looks() -> None:
    features, _, groups = series()
    order = np.random.default_rng(5).permutation(len(groups))
    files = pl.Series([f"folder/shot_{1000 + 3 * place}.jpg" for place in order])
    found = {c.what: c.groups for c in candidates({"file": files}, features[order])}
    runs = found["near-identical neighbours by number 1 of the file"]
    assert len(set(zip(runs, groups[order], strict=True))) == GROUPS == runs.max() + 1


def test_an_id_that_counts_within_a_conversation_names_it() -> None:
    features, _, groups = series()
    ids = pl.Series([f"conv{group}-{place % SIZE}" for place, group in enumerate(groups)])
    found = {c.what: c.groups for c in candidates({"id": ids}, features)}
    assert len(np.unique(found["the id without its last number"])) == GROUPS


@pytest.mark.parametrize("names", [["a"] * 300, [f"x{n}" for n in range(300)], [""] * 300])
def test_names_without_groups_give_no_candidate(names: list[str]) -> None:
    unlike = np.random.default_rng(6).normal(size=(300, 30)).astype(np.float32)
    assert list(candidates({"id": pl.Series(names)}, unlike)) == []


@given(st.lists(st.floats(0, 1), min_size=3, max_size=30).filter(lambda v: len(set(v)) > 2))
def test_the_threshold_leaves_the_least_variance(values: list[float]) -> None:
    """Against every threshold there is: the sum of squares within both classes."""

    def within(threshold: float) -> float:
        sides = [[v for v in values if v <= threshold], [v for v in values if v > threshold]]
        return sum(len(side) * float(np.var(side)) for side in sides if side)

    least = min(within(value) for value in values)
    assert within(otsu(np.array(values))) <= least + 1e-9
