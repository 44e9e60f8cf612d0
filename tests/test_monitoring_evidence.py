"""Evidence has a mean of at most 1 while nothing changes, and grows when something does."""

from __future__ import annotations

import datetime
import itertools
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.monitoring.alarm_budget import SHARES, balance, programme, shares
from rungwise.monitoring.foreign_rows import distances, foreign_rows, urn_evidence
from rungwise.monitoring.quality_evidence import quality_evidence
from rungwise.monitoring.rank_martingale import jumper, p_values
from rungwise.monitoring.request_scores import Directions, input_evidence
from rungwise.monitoring.spot_checks import Draws, draw


def uniform(errors: list[float]) -> tuple[Draws, np.ndarray]:
    rows, zero, one = np.arange(len(errors)), np.zeros(len(errors)), np.ones(len(errors))
    return Draws(rows, zero, zero, one, zero, one), np.array(errors)


def test_the_balance_is_the_largest_share_of_evidence() -> None:
    # 1/2 × 6.2 = 3.1; 1/4 × 4 = 1; the others have seen nothing: .1 + .075 + .075.
    reached = balance({"spot checks": 6.2, "foreign rows": 4.0}, SHARES, 0.05)
    assert reached.sentence == "Evidence 3.1 of 20, from spot checks."
    assert reached.average == pytest.approx(3.1 + 1 + 0.25)
    assert not reached.alarm


@pytest.mark.parametrize(("evidence", "alarm"), [(39.99, False), (40.0, True)])
def test_half_of_the_budget_needs_twice_the_evidence(evidence: float, alarm: bool) -> None:
    reached = balance({"spot checks": evidence}, SHARES, 0.05)
    assert reached.alarm is alarm
    assert ("19.9 of 20" in reached.sentence) is not alarm


def test_shares_are_divided_anew_among_the_detectors_that_can_run() -> None:
    assert shares(SHARES) == pytest.approx(SHARES)
    # Without embeddings, texts and answers are alike and share the other half.
    assert shares(["answers", "spot checks", "texts"]) == pytest.approx(
        {"spot checks": 0.5, "texts": 0.25, "answers": 0.25}
    )
    assert shares(["spot checks"]) == {"spot checks": 1.0}
    with pytest.raises(ValueError, match="unknown detectors"):
        shares(["sound"])
    with pytest.raises(ValueError, match="no share"):
        balance({"sound": 2.0}, SHARES, 0.05)
    with pytest.raises(ValueError, match="never negative"):
        balance({"texts": float("nan")}, SHARES, 0.05)


def test_the_fourteenth_week_starts_a_new_programme() -> None:
    promoted = datetime.date(2026, 3, 2)
    days = (0, 6, 7, 13 * 7 - 1, 13 * 7)
    numbers = [programme(promoted, promoted + datetime.timedelta(days=day)) for day in days]
    assert numbers == [(1, 1), (1, 1), (1, 2), (1, 13), (2, 1)]
    with pytest.raises(ValueError, match="before the promotion"):
        programme(promoted, promoted - datetime.timedelta(days=1))


@given(
    rate=st.floats(0.02, 0.4),
    weeks=st.lists(st.integers(0, 3), min_size=1, max_size=2),
)
def test_evidence_against_quality_keeps_its_promise(rate: float, weeks: list[int]) -> None:
    """Exactly, over all outcomes: 1.5 is reached with a probability of at most 1/1.5."""
    reached = 0.0
    for outcome in itertools.product((0.0, 1.0), repeat=sum(weeks)):
        parts = np.split(np.array(outcome), np.cumsum(weeks)[:-1])
        chance = np.prod([rate if error else 1 - rate for error in outcome])
        evidence = quality_evidence([uniform([*part]) for part in parts], 1 - rate)
        reached += chance * (evidence[-1] >= 1.5)
    assert reached <= 1 / 1.5 + 1e-12


@given(
    level=st.integers(1, 4),
    extra=st.integers(0, 20),
    sizes=st.lists(st.integers(0, 3), min_size=1, max_size=3),
)
def test_evidence_of_foreign_rows_has_a_mean_of_one(
    level: int, extra: int, sizes: list[int]
) -> None:
    """Exactly, over all sequences of far rows, whose probability is that of ranks."""
    held_out, mean = level + extra, 0.0
    for outcome in itertools.product((0, 1), repeat=sum(sizes)):
        chance, seen = 1.0, 0
        for place, far in enumerate(outcome):
            next_far = (level + seen) / (held_out + 1 + place)
            chance *= next_far if far else 1 - next_far
            seen += far
        parts = np.split(np.array(outcome, dtype=np.int64), np.cumsum(sizes)[:-1])
        far_rows = np.array([part.sum() for part in parts], dtype=np.int64)
        mean += chance * urn_evidence(far_rows, np.array(sizes), level, held_out)[-1]
    assert mean == pytest.approx(1)


def test_far_rows_follow_the_urn_whatever_the_distribution() -> None:
    """Of 1,500 draws, the mean number of far rows is (level / (n + 1)) × rows, ties included."""
    generator = np.random.default_rng(4)
    counts = []
    for _ in range(1500):
        values = np.floor(generator.pareto(1.0, 59) * 3)  # many ties
        counts.append(foreign_rows(values[:49], [values[49:]], generator).far[0])
    # 2 % of 49 rows is 1: 10 × 1 / 50, with a standard error of about .012.
    assert np.mean(counts) == pytest.approx(0.2, abs=0.05)


def test_rows_of_another_domain_raise_the_evidence_in_the_week_they_come() -> None:
    generator = np.random.default_rng(5)
    held_out = generator.normal(size=500)
    stable = [generator.normal(size=200) for _ in range(5)]
    mixed = np.concatenate([generator.normal(size=180), np.full(20, 9.0)])
    before = foreign_rows(held_out, stable, np.random.default_rng(1))
    after = foreign_rows(held_out, [*stable, mixed], np.random.default_rng(1))
    assert max(before.evidence) < 80 <= after.evidence[-1]
    assert after.evidence[:5] == before.evidence
    near = foreign_rows(held_out, [*stable, np.full(200, -9.0)], np.random.default_rng(1))
    assert near.evidence[-1] < 1  # the test has one tail


def test_distance_to_the_third_nearest_by_hand() -> None:
    reference = np.array([[1, 0], [2, 0], [0, 1], [-1, 0]], dtype=np.float32)
    found = distances(np.array([[3, 0], [0, -1]], dtype=np.float32), reference)
    # Cosines of the first: 1, 1, 0, -1; of the second: 0, 0, -1, 0.
    assert found == pytest.approx([1, 1])
    assert distances(reference[:1], reference[:2], 7) == pytest.approx([0])
    with pytest.raises(ValueError, match="differ"):
        distances(np.ones((1, 3), dtype=np.float32), reference)


def test_p_values_are_ranks_among_all_rows_before() -> None:
    class Middle:
        def random(self, rows: int) -> np.ndarray:
            return np.full(rows, 0.5)

    generator = cast(np.random.Generator, Middle())
    first, second = p_values(
        np.array([1.0, 2.0, 3.0]), [np.array([2.5, 9.0]), np.array([2.0])], generator
    )
    # 2.5: one of 3 above, itself halved → 1.5/4; 9: none → .5/5; 2: 3 above, two equal → 4/6.
    assert [*first, *second] == pytest.approx([1.5 / 4, 0.5 / 5, 4 / 6])


@given(st.lists(st.floats(0, 1), max_size=1))
def test_a_bet_on_a_uniform_value_is_fair(before: list[float]) -> None:
    grid = (np.arange(1000) + 0.5) / 1000
    paths = np.array([[*before, value] for value in grid])
    start = jumper(np.array(before))[-1] if before else 1.0
    assert jumper(paths)[:, -1].mean() == pytest.approx(start)


def test_capital_grows_when_everything_moves_and_not_before() -> None:
    generator = np.random.default_rng(6)
    held_out = {"embeddings": {"a": generator.normal(size=300), "b": generator.normal(size=300)}}

    def week(move: float) -> dict[str, dict[str, np.ndarray]]:
        drawn = {"a": generator.normal(size=200) + move, "b": generator.normal(size=200)}
        return {"embeddings": drawn}

    weeks = [week(0.0), week(0.0), week(1.0), week(1.0)]
    evidence = input_evidence(held_out, weeks, 7)["embeddings"]
    assert evidence[1] < 20
    assert evidence[3] > 1000
    assert (input_evidence(held_out, weeks[:3], 7)["embeddings"] == evidence[:3]).all()


def test_an_empty_week_and_a_week_of_one_row_change_little() -> None:
    held_out = {"embeddings": {"distance": np.arange(50.0)}}
    empty = {"embeddings": {"distance": np.empty(0)}}
    single = {"embeddings": {"distance": np.array([7.0])}}
    evidence = input_evidence(held_out, [empty, single, empty], 7)
    assert evidence["foreign rows"][0] == 1
    assert (evidence["foreign rows"] < 2).all()
    assert quality_evidence([(draw(0, 5, np.random.default_rng(1)), np.empty(0))], 0.9) == [1]
    constant = {"embeddings": {"distance": np.zeros(50)}}
    asked = {"embeddings": {"distance": np.zeros(200)}}
    assert input_evidence(constant, [asked] * 3, 7)["foreign rows"][-1] < 20


def test_missing_labels_never_add_evidence() -> None:
    errors = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    full = quality_evidence([uniform(errors)], 0.9)
    for place in range(len(errors)):
        missing = [*errors]
        missing[place] = float("nan")
        assert quality_evidence([uniform(missing)], 0.9)[-1] <= full[-1]


def test_a_tolerated_drop_moves_the_promise() -> None:
    weeks = [uniform([1.0, 0.0] * 10)]
    assert quality_evidence(weeks, 0.9, 0.1) == pytest.approx(quality_evidence(weeks, 0.8))
    with pytest.raises(ValueError, match="cannot be tested"):
        quality_evidence(weeks, 0.1, 0.2)


def test_directions_are_those_of_the_reference() -> None:
    reference = np.array([[5, 0], [-5, 0], [0, 1], [0, -1]], dtype=np.float32)
    scores = Directions.of(reference).scores(np.array([[2, 3]], dtype=np.float32))
    assert abs(scores["direction 1"][0]) == pytest.approx(2)
    assert abs(scores["direction 2"][0]) == pytest.approx(3)
