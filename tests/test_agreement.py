"""Agreement beyond chance, against arithmetic that counts every pair, and against the peer."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.evaluation.agreement import (
    Counts,
    alpha_interval,
    class_alphas,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from rungwise.evaluation.annotators import annotators, pairwise_kappa
from rungwise.evaluation.ratings import Ratings
from rungwise.policy import Policy

FEW = Policy(resamples=200)
TABLES = st.lists(
    st.lists(st.sampled_from(["x", "y", "z", None]), min_size=3, max_size=3),
    min_size=1,
    max_size=12,
)


def ratings(table: list[list[str | None]]) -> Ratings:
    """One row an item, one column an annotator; None where nobody rated."""
    told = [
        (f"item {item}", f"person {person}", label)
        for item, row in enumerate(table)
        for person, label in enumerate(row)
        if label is not None
    ]
    columns = [pl.Series([one[place] for one in told], dtype=pl.String) for place in range(3)]
    return Ratings.of(*columns)


def alpha_by_pairs(table: list[list[str | None]]) -> float | None:
    """Krippendorff's definition, pair by pair: 1 - observed over expected disagreement."""
    units = [[label for label in row if label is not None] for row in table]
    units = [unit for unit in units if len(unit) > 1]
    values = [label for unit in units for label in unit]
    observed = sum(
        sum(a != b for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in units
    )
    expected = sum(a != b for a, b in itertools.permutations(values, 2))
    if not expected:
        return None
    return 1 - (observed / len(values)) / (expected / (len(values) * (len(values) - 1)))


@given(TABLES)
def test_alpha_is_what_counting_every_pair_gives(table: list[list[str | None]]) -> None:
    counted, expected = krippendorff_alpha(Counts.of(ratings(table))), alpha_by_pairs(table)
    assert (counted is None) == (expected is None)
    if counted is not None and expected is not None:
        assert counted == pytest.approx(expected, abs=1e-12)


@given(TABLES)
def test_alpha_of_a_class_is_alpha_of_that_class_against_the_rest(
    table: list[list[str | None]],
) -> None:
    told = ratings(table)
    for label, value in zip(told.labels, class_alphas(Counts.of(told)).tolist(), strict=True):
        against = [[None if c is None else str(c == label) for c in row] for row in table]
        expected = alpha_by_pairs(against)
        if expected is None:
            assert math.isnan(value)
        else:
            assert value == pytest.approx(expected, abs=1e-12)


def test_krippendorffs_own_example() -> None:
    """2011, "Computing Krippendorff's Alpha-Reliability", example C: alpha is .743."""
    by_person = [
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]
    cells = [[None if c == "." else c for c in row.split()] for row in by_person]
    value = krippendorff_alpha(Counts.of(ratings([list(row) for row in zip(*cells, strict=True)])))
    assert value is not None and round(value, 3) == 0.743


def test_it_equals_the_krippendorff_package_on_real_judgements(shared_data: Path) -> None:
    peer = pytest.importorskip("krippendorff")
    file = shared_data / "preference_pandalm" / "pandalm_testset.jsonl"
    judged = [json.loads(line)["annotators"] for line in file.read_text().splitlines()]
    ours = krippendorff_alpha(Counts.of(ratings([[str(c) for c in row] for row in judged])))
    theirs = peer.alpha(np.array(judged).T, level_of_measurement="nominal")
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_fleiss_kappa_of_his_own_example() -> None:
    """Fleiss 1971, as worked through in Wikipedia: ten subjects, fourteen raters, .210."""
    table = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    rows = [[str(label) for label, times in enumerate(row) for _ in range(times)] for row in table]
    value = fleiss_kappa(Counts.of(ratings([list(row) for row in rows])))
    assert value is not None and round(value, 3) == 0.210


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=20))
def test_cohen_kappa_by_hand(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs).T
    size = len(pairs)
    ours, theirs = Counter(first.tolist()), Counter(second.tolist())
    chance = sum(ours[c] * theirs[c] for c in range(3)) / size**2
    observed = sum(a == b for a, b in pairs) / size
    value = cohen_kappa(first, second)
    if chance == 1:
        assert value is None
    else:
        assert value == pytest.approx((observed - chance) / (1 - chance), abs=1e-12)


# ── intervals ────────────────────────────────────────────────────────────────────────────
def drawn(items: int, wrong: float, seed: int) -> Ratings:
    """Two people, three equally common labels; each is wrong so often, evenly."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 3, items)
    said = [
        np.where(
            generator.random(items) < wrong, (truth + generator.integers(1, 3, items)) % 3, truth
        )
        for _ in range(2)
    ]
    return ratings([[str(a), str(b)] for a, b in zip(*(one.tolist() for one in said), strict=True)])


def test_the_interval_holds_the_true_alpha_about_as_often_as_it_says() -> None:
    """Of two people who are each right with .8, equal pairs are .8² + .2²/2, chance is 1/3."""
    truth = 1 - (1 - 0.8**2 - 0.2**2 / 2) / (2 / 3)
    found = [alpha_interval(Counts.of(drawn(150, 0.2, seed)), FEW) for seed in range(60)]
    held = sum(one is not None and one.low <= truth <= one.high for one in found)
    assert held >= 52  # 60 draws at 0.95: fewer than 52 has a chance below 0.002


def test_perfect_agreement_on_few_items_leaves_disagreement_open() -> None:
    short, long = (
        alpha_interval(Counts.of(ratings([["x", "x"], ["y", "y"]] * times)), FEW)
        for times in (5, 500)
    )
    assert short is not None and long is not None
    assert short.value == short.high == 1
    assert short.low < 0.667
    assert 0.98 < long.low < 1


@pytest.mark.parametrize(
    "table", [[["x", None, None]], [["x", "x", "x"]], [[None, None, None], ["x", "x", None]]]
)
def test_where_nothing_can_be_said_nothing_is(table: list[list[str | None]]) -> None:
    assert alpha_interval(Counts.of(ratings(table)), FEW) is None
    assert fleiss_kappa(Counts.of(ratings(table))) is None


# ── people ───────────────────────────────────────────────────────────────────────────────
def test_who_guesses_agrees_least_and_is_told_apart() -> None:
    generator = np.random.default_rng(4)
    truth = generator.integers(0, 3, 200)
    guessed = generator.integers(0, 3, 200)
    told = ratings([[str(t), str(t), str(t), str(g)] for t, g in zip(truth, guessed, strict=True)])
    people = annotators(told, 0.95)
    assert [one.name for one in people if one.differs] == ["person 3"]
    assert people[0].name == "person 3" and people[0].others == 1
    assert people[0].agreement == pytest.approx(float((truth == guessed).mean()))
    assert pairwise_kappa(told)[-1][2] == 1
