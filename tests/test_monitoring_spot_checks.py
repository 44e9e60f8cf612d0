"""Spot checks: unbiased draws, logs of labels, and intervals that hold the truth."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.monitoring.quality_evidence import quality_evidence
from rungwise.monitoring.quality_interval import quality_interval
from rungwise.monitoring.spot_checks import draw, effective_labels, settle


def log(*rows: tuple[str, bool | None, str]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"row": pl.String, "right": pl.Boolean, "by": pl.String}, orient="row"
    )


@given(
    expected=st.lists(st.floats(0, 1), min_size=2, max_size=4),
    wrong=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_a_draw_is_unbiased_however_wrong_the_expected_errors_are(
    expected: list[float], wrong: list[bool]
) -> None:
    """One block: the mean of its values over all rows, by their probability, is its error rate."""
    errors = np.array(wrong[: len(expected)], dtype=float)
    values, chances, bounds = {}, {}, None
    for seed in range(200):
        one = draw(len(expected), 1, np.random.default_rng(seed), np.array(expected))
        row = int(one.rows[0])
        values[row] = float(one.values(errors[one.rows])[0])
        chances[row] = 1 / (len(expected) * float(one.weight[0]))
        bounds = float(one.floor[0]), float(one.ceiling[0])
        assert bounds[0] - 1e-9 <= values[row] <= bounds[1] + 1e-9
    assert len(values) == len(expected)
    assert min(chances.values()) >= 0.2 / len(expected) - 1e-12
    assert sum(chances.values()) == pytest.approx(1)
    mean = sum(chances[row] * values[row] for row in values)
    assert mean == pytest.approx(errors.mean())


def test_rows_are_drawn_once_and_no_more_than_there_are() -> None:
    drawn = draw(10, 40, np.random.default_rng(1), np.full(10, 0.3))
    assert sorted(drawn.rows) == list(range(10))
    assert len(draw(0, 40, np.random.default_rng(1)).rows) == 0
    with pytest.raises(ValueError, match="between 0 and 1"):
        draw(2, 1, np.random.default_rng(1), np.array([0.5, 1.5]))


def test_doubtful_rows_are_drawn_more_often_and_tell_more() -> None:
    generator = np.random.default_rng(3)
    expected = np.where(np.arange(4000) % 10 == 0, 0.5, 0.02)
    errors = (generator.random(4000) < expected).astype(float)
    drawn = draw(4000, 400, generator, expected)
    assert (expected[drawn.rows] == 0.5).mean() > 0.18  # about .25; .10 if drawn uniformly
    values = drawn.values(errors[drawn.rows])
    assert values.mean() == pytest.approx(errors.mean(), abs=0.05)
    assert effective_labels(values) > 480


def test_a_log_of_labels_is_settled_by_rule() -> None:
    labels = log(
        ("a", True, "Ada"),
        ("a", True, "Ada"),  # repeated
        ("b", True, "Ada"),
        ("b", False, "Ben"),  # contradicted
        ("c", True, "Ada"),
        ("c", False, "Ada"),  # corrected by herself
        ("d", None, "Ada"),  # skipped
        ("x", False, "Ada"),  # never drawn
    )
    drawn = pl.Series(["a", "b", "c", "d"])
    result = settle(labels, drawn)
    assert result.errors == {"a": 0.0, "c": 1.0}
    assert (result.contradicted, result.repeated, result.never_drawn) == (("b",), 1, ("x",))
    third = settle(pl.concat([labels, log(("b", False, "Cyd"))]), drawn)
    assert third.errors == {"a": 0.0, "b": 1.0, "c": 1.0}
    assert third.contradicted == ()
    assert settle(labels, drawn) == result  # replayed
    assert settle(labels.clear(), drawn).errors == {}


def test_the_interval_holds_the_truth_under_weights() -> None:
    covered = 0
    for seed in range(30):
        generator = np.random.default_rng(seed)
        expected = generator.beta(0.5, 5, 1500)
        errors = (generator.random(1500) < expected).astype(float)
        drawn = draw(1500, 150, generator, expected)
        found = quality_interval([(drawn, errors[drawn.rows])])
        covered += found.low <= 1 - 1 / 11 <= found.high
        assert found.low <= found.value <= found.high
    assert covered >= 26  # of 30; fewer has a probability of .02 at 95 %


def test_missing_labels_widen_the_interval_at_both_ends() -> None:
    drawn = draw(500, 100, np.random.default_rng(1))
    errors = np.zeros(100)
    errors[5::10] = 1
    full = quality_interval([(drawn, errors)])
    missing = quality_interval([(drawn, np.where(np.arange(100) >= 80, np.nan, errors))])
    assert (missing.labels, missing.missing) == (80, 20)
    assert missing.low < full.low < full.high <= missing.high
    nothing = quality_interval([])
    assert (nothing.low, nothing.high, nothing.labels) == (0, 1, 0)


def test_a_late_label_counts_in_the_week_that_drew_its_row_and_a_replay_says_the_same() -> None:
    weeks = [draw(100, 20, np.random.default_rng(week)) for week in range(2)]
    ids = [pl.Series([f"{week}-{row}" for row in one.rows]) for week, one in enumerate(weeks)]
    drawn = pl.concat(ids)
    wrong = {*ids[0][:6], *ids[1][:2]}
    labels = log(*[(row, row not in wrong, "Ada") for row in drawn])
    late = labels.filter(pl.col("row") == ids[0][3])
    in_time = labels.filter(pl.col("row") != ids[0][3])

    def evidence(known: pl.DataFrame) -> list[float]:
        settled = settle(known, drawn)
        pairs = [(one, settled.of(rows)) for one, rows in zip(weeks, ids, strict=True)]
        return [*quality_evidence(pairs, 0.9)]

    before, after = evidence(in_time), evidence(pl.concat([in_time, late]))
    assert before[0] < after[0]
    assert after == evidence(labels) == evidence(labels)
    # A log that ends earlier gives what it gave then.
    assert evidence(pl.concat([in_time, late]).head(len(in_time))) == before
