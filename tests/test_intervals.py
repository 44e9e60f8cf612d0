"""Intervals: right where theory knows the answer, honest where a score is flawless (R11, C3)."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score
from tests.made_answers import expected, predicted, scored, simulated

from rungwise.errors import DataError
from rungwise.evaluation.bootstrap_intervals import bias_corrected, percentiles
from rungwise.evaluation.intervals import measure, measure_all
from rungwise.evaluation.metrics import PLAIN, find
from rungwise.evaluation.proportions import (
    hidden_errors,
    rows_of_share,
    rows_to_settle,
    wilson,
    wilson_f1,
)
from rungwise.evaluation.standing import rows_needed
from rungwise.policy import Policy
from rungwise.records import Measurement, to_json

QUICK = Policy(resamples=400)


@given(rows=st.integers(1, 5000), share=st.floats(0, 1), level=st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_agrees_with_scipy(rows: int, share: float, level: float) -> None:
    right = round(share * rows)
    peer = stats.binomtest(right, rows).proportion_ci(level, method="wilson")
    assert wilson(right, rows, level) == pytest.approx((peer.low, peer.high), abs=1e-9)


@given(rows=st.integers(1, 5000), level=st.sampled_from([0.8, 0.95, 0.99]))
def test_hidden_errors_are_the_exact_bound_of_a_flawless_score(rows: int, level: float) -> None:
    peer = stats.binomtest(rows, rows).proportion_ci(level, method="exact")
    assert 1 - hidden_errors(rows, level) / rows == pytest.approx(peer.low, abs=1e-9)


def test_f1_of_a_class_comes_from_the_share_of_hits() -> None:
    """8 hits, 10 expected, 12 answered: J = 8 of 14, and F1 = 16 / 22 = 2J / (1 + J)."""
    peer = stats.binomtest(8, 14).proportion_ci(0.95, method="wilson")
    ends = [2 * end / (1 + end) for end in (peer.low, peer.high)]
    assert wilson_f1(8, 10, 12, 0.95) == pytest.approx(ends)
    assert ends[0] < 16 / 22 < ends[1]


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("rows", [1, 7, 60])
def test_a_flawless_score_is_never_a_point(name: str, rows: int) -> None:
    classes = ("a", "b", "c")
    truth = ["a", "b", "a", "c", "b", "a"] * rows
    scores = [[float(label == one) for one in classes] for label in truth]
    metric = PLAIN[name]
    found = measure(metric, expected(truth), scored(scores, classes), "test", QUICK)
    assert found.low is not None and found.high is not None
    assert found.value == pytest.approx(metric.best, abs=1e-6)
    assert found.high - found.low > 0.3 / len(truth)


@pytest.mark.parametrize(
    "name", ["accuracy", "balanced_accuracy", "macro_f1", "micro_f1", "weighted_f1", "roc_auc"]
)
def test_a_hopeless_score_is_never_a_point(name: str) -> None:
    classes = ("a", "b", "c")
    truth = ["a", "b", "a", "c", "b", "a"] * 5
    scores = [[0.0 if label == one else 0.5 for one in classes] for label in truth]
    found = measure(PLAIN[name], expected(truth), scored(scores, classes), "test", QUICK)
    assert found.low is not None and found.high is not None
    assert found.high - found.low > 0.05


def test_a_flawless_score_hides_what_clopper_and_pearson_say() -> None:
    """Equal classes, none wrong: mean recall is then accuracy, whose exact bound is known."""
    truth = ["a", "b"] * 50
    found = measure(PLAIN["weighted_f1"], expected(truth), predicted(truth), "test", QUICK)
    peer = stats.binomtest(100, 100).proportion_ci(0.95, method="exact")
    assert found.low == pytest.approx(peer.low, abs=2e-3)


@given(
    pairs=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=2),
    name=st.sampled_from(["accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "mcc"]),
)
def test_the_interval_holds_the_value_and_stays_in_range(
    pairs: list[tuple[str, str]], name: str
) -> None:
    truth, answers = [list(column) for column in zip(*pairs, strict=True)]
    metric = find(name)
    found = measure(metric, expected(truth), predicted(answers), "test", Policy(resamples=100))
    assert found.low is not None and found.high is not None
    assert metric.low is not None and metric.high is not None
    assert metric.low <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= metric.high


def test_the_bootstrap_of_cells_is_the_bootstrap_of_rows() -> None:
    """The spread of macro F1 over resamples, against scikit-learn on rows drawn one by one."""
    generator = np.random.default_rng(3)
    truth, answers = simulated(generator, 200, 4, 1.5)
    found = measure(PLAIN["macro_f1"], truth, answers, "test", Policy(resamples=2000))
    y, p = truth.to_numpy(), answers.outputs.to_numpy()
    drawn = []
    for _ in range(300):
        rows = generator.integers(0, 200, 200)
        drawn.append(f1_score(y[rows], p[rows], average="macro", zero_division=0))
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found.low is not None and found.high is not None
    assert found.high - found.low == pytest.approx(high - low, rel=0.15)


def test_the_interval_of_log_loss_is_that_of_a_mean() -> None:
    truth, answers = simulated(np.random.default_rng(4), 800, 3, 1.0)
    found = measure(PLAIN["log_loss"], truth, answers, "test", Policy(resamples=4000))
    assert answers.scores is not None and found.low is not None and found.high is not None
    place = [answers.classes.index(label) for label in truth]
    losses = -np.log(answers.scores[np.arange(800), place])
    half = 1.96 * losses.std(ddof=1) / np.sqrt(800)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.08)


def test_the_interval_of_the_area_is_delongs() -> None:
    """DeLong, DeLong and Clarke-Pearson 1988: the variance from each row's placement."""
    truth, answers = simulated(np.random.default_rng(5), 400, 2, 0.9)
    found = measure(PLAIN["roc_auc"], truth, answers, "test", Policy(resamples=4000))
    assert answers.scores is not None and found.low is not None and found.high is not None
    positive = (truth == "class 1").to_numpy()
    above, below = answers.scores[positive, 1], answers.scores[~positive, 1]
    wins = (above[:, None] > below[None, :]) + 0.5 * (above[:, None] == below[None, :])
    placed, others = wins.mean(axis=1), wins.mean(axis=0)
    variance = placed.var(ddof=1) / len(placed) + others.var(ddof=1) / len(others)
    assert found.value == pytest.approx(wins.mean(), abs=1e-9)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * np.sqrt(variance), rel=0.1)


WORLDS = {"clear": (300, 6, 1.8), "muddled": (150, 3, 0.9)}
COVERED = ("accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "mcc", "roc_auc", "log_loss")


@pytest.mark.parametrize("world", WORLDS)
def test_ninety_five_percent_intervals_cover_ninety_five_times_of_a_hundred(world: str) -> None:
    """120 data sets from a known world; three standard errors of the share are 0.06.

    Calibration error may cover more, never less: its high end errs on the safe side.
    """
    rows, classes, skill = WORLDS[world]
    generator = np.random.default_rng(6)
    everything = simulated(generator, 60_000, classes, skill)
    names = (*COVERED, "expected_calibration_error", "recall[class 0]", "f1[class 0]")
    truth = {name: find(name).value(*everything) for name in names}
    hits = dict.fromkeys(names, 0)
    for _ in range(120):
        data = simulated(generator, rows, classes, skill)
        goal, others, by_class = measure_all(find("mcc"), *data, "test", Policy(resamples=250))
        for found in (goal, *others, *by_class):
            if found.metric in hits:
                assert found.low is not None and found.high is not None
                hits[found.metric] += found.low <= truth[found.metric] <= found.high
    assert {name: count / 120 for name, count in hits.items() if count / 120 < 0.95 - 0.06} == {}
    assert [name for name in COVERED if hits[name] == 120] == []


def test_measure_all_gives_each_metric_once_and_says_on_what() -> None:
    truth, answers = simulated(np.random.default_rng(7), 90, 3, 2.0)
    goal, others, by_class = measure_all(find("macro_f1"), truth, answers, "validation", QUICK)
    assert goal.metric == "macro_f1"
    assert {one.metric for one in others} == set(PLAIN) - {"macro_f1"}
    kinds = ("recall", "precision", "f1")
    assert [one.metric for one in by_class] == [
        f"{kind}[class {place}]" for place in range(3) for kind in kinds
    ]
    assert {one.on for one in (goal, *others, *by_class)} == {"validation"}
    assert {one.rows for one in (goal, *others)} == {90}
    counted = truth.value_counts().sort("expected")["count"].to_list()
    assert [one.rows for one in by_class if one.metric.startswith("recall")] == counted
    json.dumps(to_json([goal, *others, *by_class]), allow_nan=False)


def test_metrics_that_do_not_apply_are_left_out() -> None:
    classes = ("a", "b")
    _, others, _ = measure_all(
        find("accuracy"), expected(["a", "b"]), predicted(["a", "b"]), "test", QUICK
    )
    assert not {one.metric for one in others if PLAIN[one.metric].needs_scores}
    one_class = scored([[0.9, 0.1], [0.3, 0.7]], classes)
    _, others, by_class = measure_all(
        find("accuracy"), expected(["a", "a"]), one_class, "test", QUICK
    )
    assert not {"roc_auc", "average_precision"} & {one.metric for one in others}
    assert {one.metric for one in by_class} == {"recall[a]", "precision[a]", "f1[a]"}
    with pytest.raises(DataError, match="needs probabilities"):
        measure(find("log_loss"), expected(["a"]), predicted(["a"]), "test", QUICK)


def test_beside_the_goal_no_interval_takes_minutes() -> None:
    truth, answers = simulated(np.random.default_rng(8), 26_000, 2, 1.0)
    goal, others, _ = measure_all(find("accuracy"), truth, answers, "test", Policy())
    without = {one.metric for one in (goal, *others) if one.low is None}
    assert without == {name for name, metric in PLAIN.items() if metric.needs_scores}


def test_the_same_seed_gives_the_same_interval() -> None:
    data = simulated(np.random.default_rng(9), 80, 3, 1.0)
    same = {measure(PLAIN["macro_f1"], *data, "test", QUICK) for _ in range(2)}
    other = measure(PLAIN["macro_f1"], *data, "test", QUICK.model_copy(update={"seed": 99}))
    assert len(same) == 1
    assert other not in same


def test_a_higher_confidence_is_a_wider_interval() -> None:
    data = simulated(np.random.default_rng(10), 80, 3, 1.0)
    widths = []
    for confidence in (0.8, 0.95, 0.99):
        found = measure(PLAIN["mcc"], *data, "test", Policy(resamples=1000, confidence=confidence))
        assert found.low is not None and found.high is not None and found.level == confidence
        widths.append(found.high - found.low)
    assert widths == sorted(widths)


def test_the_bias_correction_moves_nothing_where_there_is_no_bias() -> None:
    drawn = np.arange(1001.0)
    assert bias_corrected(drawn, 500.0, 0.95) == pytest.approx(percentiles(drawn, 0.95), abs=1)


def test_the_bias_correction_is_efrons() -> None:
    """Seven tenths lie below: z0 = 0.524, and the ends are at the quantiles of 2 z0 -+ 1.96."""
    drawn = np.arange(1001.0)
    shift = stats.norm.ppf(0.7)
    ends = 1000 * stats.norm.cdf([2 * shift - 1.95996, 2 * shift + 1.95996])
    assert bias_corrected(drawn, 700.0, 0.95) == pytest.approx(tuple(ends), abs=1.5)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(
    ("share", "threshold"),
    [(0.92, 0.9), (0.88, 0.9), (0.85, 0.8), (0.98, 0.96), (0.3, 0.5), (1, 0.9)],
)
def test_rows_of_a_share_are_the_fewest_that_exclude_the_threshold(
    share: float, threshold: float, level: float
) -> None:
    needed = rows_of_share(share, threshold, level)
    assert needed is not None

    def holds(rows: int) -> bool:
        by_scipy = stats.norm.ppf((1 + level) / 2)
        half = by_scipy * math.sqrt(threshold * (1 - threshold) / rows)  # the score test
        low, high = wilson(share * rows, rows, level)
        assert (abs(share - threshold) < half) == (low < threshold < high)
        return low < threshold < high

    assert not holds(needed)
    assert needed == 1 or holds(needed - 1)


def test_rows_needed_are_exact_for_wilsons_interval_alone() -> None:
    """1.96² · 0.9 · 0.1 / 0.02² = 864.3; each half, scaled, says another number."""
    share = Measurement("accuracy", 0.92, *wilson(92, 100, 0.95), 100, "validation")
    assert rows_needed(share, 0.9) == 865
    assert rows_needed(replace(share, metric="recall[late]"), 0.9) == 865
    assert rows_needed(replace(share, low=0.88, high=0.96), 0.9) == 400  # widened or resampled
    assert rows_needed(replace(share, value=0.9, low=None), 0.9) is None
    # F1 of 0.8 is 2J / (1 + J) of J = 2/3, and 0.75 is of 0.6: 1.96² · 0.6 · 0.4 / (1/15)² = 207.4
    f1 = Measurement("f1[late]", 0.8, *wilson_f1(20, 25, 25, 0.95), 30, "validation")
    assert rows_needed(f1, 0.75) == 208


def test_rows_to_settle_shrink_the_interval_to_the_threshold() -> None:
    """Four times the rows halve the interval: 0.92 +- 0.04 then just reaches 0.90."""
    assert rows_to_settle(0.92, 0.88, 0.96, 100, 0.90) == 400
    assert rows_to_settle(0.28, 0.20, 0.32, 100, 0.30) == 400
    assert rows_to_settle(0.90, 0.88, 0.92, 100, 0.90) is None
