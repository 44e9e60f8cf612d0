"""Two models on the same rows: the difference, its interval, and what would settle it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tests.made_answers import expected, predicted, scored, simulated

from rungwise.evaluation.intervals import measure
from rungwise.evaluation.mcnemar import mcnemar
from rungwise.evaluation.metrics import find
from rungwise.evaluation.paired import Comparison, compare
from rungwise.policy import Policy
from rungwise.table import Predictions

POLICY = Policy(resamples=500)
ACCURACY = find("accuracy")


def discordant(both: int, won: int, lost: int, neither: int = 0) -> Comparison:
    """Compare two models by the rows that both, only the second, only the first have right."""
    truth = ["x", "y"] * ((both + won + lost + neither + 1) // 2)
    truth = truth[: both + won + lost + neither]
    wrong = {"x": "y", "y": "x"}
    first_right = [True] * both + [False] * won + [True] * lost + [False] * neither
    second_right = [True] * both + [True] * won + [False] * lost + [False] * neither
    first = [t if right else wrong[t] for t, right in zip(truth, first_right, strict=True)]
    second = [t if right else wrong[t] for t, right in zip(truth, second_right, strict=True)]
    return compare(ACCURACY, expected(truth), predicted(first), predicted(second), POLICY)


def test_gain_and_error_reduction_by_arithmetic() -> None:
    """0.80 → 0.90: a gain of an eighth, and half of the error gone (C1)."""
    found = discordant(both=80, won=10, lost=0, neither=10)
    assert found.difference == pytest.approx(0.10)
    assert found.relative_gain == pytest.approx(0.125)
    assert found.error_reduction == pytest.approx(0.5)
    assert found.low > 0 and found.settled


def test_a_worse_model_is_negative_whichever_way_the_metric_points() -> None:
    truth = expected(["a", "b"] * 30)
    sure = scored([[0.9, 0.1], [0.1, 0.9]] * 30, ("a", "b"))
    vague = scored([[0.6, 0.4], [0.4, 0.6]] * 30, ("a", "b"))
    better = compare(find("log_loss"), truth, vague, sure, POLICY)
    assert better.difference == pytest.approx(np.log(0.9) - np.log(0.6), abs=1e-6)
    assert better.relative_gain == pytest.approx(1 - np.log(0.9) / np.log(0.6), abs=1e-5)
    assert better.error_reduction == pytest.approx(better.relative_gain)
    worse = compare(find("log_loss"), truth, sure, vague, POLICY)
    assert worse.difference == pytest.approx(-better.difference)


def test_what_cannot_be_divided_is_none() -> None:
    perfect = discordant(both=20, won=0, lost=0)
    assert perfect.error_reduction is None
    hopeless = discordant(both=0, won=5, lost=0, neither=15)
    assert hopeless.relative_gain is None
    assert hopeless.error_reduction == pytest.approx(0.25)


@given(won=st.integers(0, 60), lost=st.integers(0, 60))
def test_mcnemar_is_the_exact_binomial_test(won: int, lost: int) -> None:
    peer = stats.binomtest(won, won + lost).pvalue if won + lost else 1.0
    assert mcnemar(won, lost) == pytest.approx(peer, abs=1e-9)


@given(both=st.integers(0, 60), won=st.integers(0, 25), lost=st.integers(0, 25))
def test_the_interval_never_contradicts_the_exact_test(both: int, won: int, lost: int) -> None:
    if both + won + lost == 0:
        return
    found = discordant(both, won, lost)
    assert found.low <= found.difference <= found.high
    assert not (found.settled and found.p_value > 0.05)


def test_five_wins_against_none_do_not_settle_it() -> None:
    found = discordant(both=145, won=5, lost=0)
    assert found.p_value == pytest.approx(2 / 2**5)
    assert not found.settled
    assert discordant(both=144, won=6, lost=0).settled


def test_the_same_answers_are_not_proof_that_the_models_are_the_same() -> None:
    found = discordant(both=50, won=0, lost=0, neither=10)
    assert found.difference == 0 and found.p_value == 1
    assert found.low < 0 < found.high
    assert found.rows_to_settle is None


@given(order=st.permutations(range(12)))
def test_rows_are_matched_by_id(order: list[int]) -> None:
    truth = expected(["a", "b", "c"] * 4)
    first = predicted(["a", "b", "a"] * 4)
    second = predicted(["a", "c", "c", "b"] * 3)
    shuffled = Predictions(
        second.ids.gather(order), second.outputs.gather(order), None, second.classes
    )
    straight = compare(ACCURACY, truth, first, second, Policy(resamples=100))
    assert compare(ACCURACY, truth, first, shuffled, Policy(resamples=100)) == straight


@pytest.mark.parametrize("ids", [["0", "1", "9"], ["0", "1", "1"], ["0", "1"]])
def test_other_rows_are_a_programming_error(ids: list[str]) -> None:
    other = Predictions(pl.Series(ids), pl.Series(["a"] * len(ids)), None, ("a",))
    with pytest.raises(ValueError, match="not about the same rows"):
        compare(ACCURACY, expected(["a"] * 3), predicted(["a"] * 3), other, POLICY)


def test_pairing_makes_the_interval_narrower() -> None:
    """Models that share their errors differ by less than their own intervals suggest."""
    generator = np.random.default_rng(1)
    truth, first = simulated(generator, 400, 3, 1.2)
    fixed = [
        t if place % 10 == 0 else o
        for place, (t, o) in enumerate(zip(truth, first.outputs, strict=True))
    ]
    second = predicted(fixed, classes=first.classes)
    found = compare(find("macro_f1"), truth, first, second, POLICY)
    alone = measure(find("macro_f1"), truth, first, "validation", POLICY)
    assert alone.low is not None and alone.high is not None
    assert found.high - found.low < 0.7 * (alone.high - alone.low)


@pytest.mark.parametrize("name", ["accuracy", "macro_f1", "log_loss"])
def test_as_many_rows_as_it_says_settle_it(name: str) -> None:
    """The same rows over and over are what 'were the difference to stay' means."""
    generator = np.random.default_rng(2)
    truth, first = simulated(generator, 120, 3, 1.0)
    assert first.scores is not None
    scores = first.scores.astype(np.float64)
    scores[np.arange(120), [first.classes.index(label) for label in truth]] += 0.02
    second = scored(scores / scores.sum(axis=1, keepdims=True), first.classes)
    small = compare(find(name), truth, first, second, POLICY)
    assert small.rows_to_settle is not None
    if small.settled:
        assert small.rows_to_settle <= small.rows
        return
    copies = small.rows_to_settle // 120 + 2
    large = compare(
        find(name), pl.concat([truth] * copies), _repeat(first, copies), _repeat(second, copies),
        POLICY,
    )  # fmt: skip
    assert large.difference == pytest.approx(small.difference)
    assert large.settled


def test_paired_intervals_cover_the_true_difference() -> None:
    """200 data sets, two models that share evidence; three standard errors are 0.046."""
    generator = np.random.default_rng(3)
    names = ("accuracy", "macro_f1", "log_loss")
    true = dict.fromkeys(names, 0.0)
    hits = dict.fromkeys(names, 0)
    for data in range(201):
        rows = 60_000 if data == 0 else 200
        truth, first = simulated(generator, rows, 3, 1.2)
        _, noise = simulated(generator, rows, 3, 0.0)
        assert first.scores is not None and noise.scores is not None
        second = scored(0.8 * first.scores + 0.2 * noise.scores, first.classes)
        for name in names:
            policy = Policy(resamples=100 if data == 0 else 300)
            if data == 0:
                metric = find(name)
                sign = 1 if metric.greater else -1
                true[name] = sign * (metric.value(truth, second) - metric.value(truth, first))
                continue
            found = compare(find(name), truth, first, second, policy)
            hits[name] += found.low <= true[name] <= found.high
    assert {name: count / 200 for name, count in hits.items() if count / 200 < 0.95 - 0.046} == {}


def _repeat(predictions: Predictions, copies: int) -> Predictions:
    rows = len(predictions) * copies
    scores = None if predictions.scores is None else np.tile(predictions.scores, (copies, 1))
    return Predictions(
        pl.Series([str(row) for row in range(rows)]),
        pl.concat([predictions.outputs] * copies),
        scores,
        predictions.classes,
    )
