"""Gates that compare: both numbers always shown, chance named as chance (R63, R66, C1–C3)."""

from __future__ import annotations

import pytest
from tests.judged import EARLIER, context, judge, task, tried

from rungwise.evaluation.on_record import compare_attempts


# ── improvement_meaningful ───────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("before", "after", "gain", "reduction", "verdict"),
    [
        (600, 700, 1 / 6, 0.25, "pass"),  # both ratios reach 15 %
        (900, 950, 1 / 18, 0.50, "pass"),  # near the top only the error can shrink (C1)
        (200, 240, 0.20, 0.05, "pass"),  # far below it only the gain counts
        (500, 540, 0.08, 0.08, "hold"),  # settled, and too little: back to the data
        (900, 910, 1 / 90, 0.10, "hold"),  # ten wins, no loss: settled, and too little
        (980, 985, 5 / 980, 0.25, "inconclusive"),  # five wins are chance (p = 0.06)
        (900, 900, 0.0, 0.0, "hold"),  # nothing gained
        (900, 850, -1 / 18, -0.5, "hold"),  # worse
    ],
)
def test_either_ratio_may_reach_the_threshold(
    before: int, after: int, gain: float, reduction: float, verdict: str
) -> None:
    found = judge("improvement_meaningful", context(tried("nearest", before), tried("lora", after)))
    assert found.verdict == verdict, found.reason
    assert found.numbers["relative_gain"] == pytest.approx(gain)
    assert found.numbers["error_reduction"] == pytest.approx(reduction)
    assert f"{100 * gain:+.1f} %" in found.reason and f"{100 * reduction:+.1f} %" in found.reason


def test_many_wins_and_many_losses_are_chance() -> None:
    """The same gain of 0.02: 20 wins without a loss are settled, 150 against 130 are not."""
    clean = context(tried("nearest", 900), tried("lora", 920))
    noisy = context(tried("nearest", 850), tried("lora", 870, first=130))
    assert judge("improvement_meaningful", clean).verdict == "pass"
    found = judge("improvement_meaningful", noisy)
    assert found.numbers["difference"] == pytest.approx(0.02)
    assert found.numbers["low"] < 0 < found.numbers["high"]
    assert found.verdict == "inconclusive"
    assert found.numbers["rows_to_settle"] > 1000
    assert f"{found.numbers['rows_to_settle']:,} rows" in found.reason


def test_a_threshold_of_the_policy_decides() -> None:
    ladder = (tried("nearest", 900), tried("lora", 940))
    strict = task(policy={"improvement": 0.5})
    assert judge("improvement_meaningful", context(*ladder)).verdict == "pass"
    assert judge("improvement_meaningful", context(*ladder, task=strict)).verdict == "hold"


@pytest.mark.parametrize(("after", "verdict"), [(960, "pass"), (905, "hold"), (800, "hold")])
def test_where_lower_is_better_a_fall_is_a_gain(after: int, verdict: str) -> None:
    ladder = [tried(rung, n, metric="log_loss") for rung, n in (("nearest", 900), ("lora", after))]
    found = judge("improvement_meaningful", context(*ladder, task=task("log_loss", 0.3)))
    assert found.verdict == verdict, found.reason
    assert (found.numbers["difference"] > 0) == (after > 900)


def test_the_best_of_what_trains_nothing_is_the_reference() -> None:
    ladder = [tried("nearest", 850), tried("zero_shot", 700), tried("lora", 930)]
    found = judge("improvement_meaningful", context(*ladder))
    assert found.numbers["difference"] == pytest.approx(0.08)


@pytest.mark.parametrize("frozen", [905, 900, 895])
def test_frozen_features_tune_nothing_and_need_no_justification(frozen: int) -> None:
    """Nor does a first split's rule hold them if they are better than the baseline (R43)."""
    ladder = (tried("nearest", 900), tried("frozen", frozen))
    assert judge("improvement_meaningful", context(*ladder)).verdict == "not_applicable"
    earlier = judge("improvement_meaningful", context(*ladder, split=EARLIER["split"]))
    assert earlier.verdict == ("not_applicable" if frozen > 900 else "hold")


def test_as_many_wins_as_losses_are_chance() -> None:
    """28 of 30 right in both, on other rows: the interval is wide, and nothing is settled (C3)."""
    ladder = (tried("nearest", 28, rows=30), tried("lora", 28, rows=30, first=6))
    found = judge("improvement_meaningful", context(*ladder, rows=30))
    assert found.numbers["difference"] == 0 and found.numbers["low"] < 0 < found.numbers["high"]
    assert found.verdict == "inconclusive" and "no number of rows" in found.reason


# ── gap_closed ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("tuned", "closed", "verdict"),
    [
        (720, 0.4, "pass"), (840, 0.8, "inconclusive"), (890, 29 / 30, "hold"),
        (600, 0.0, "pass"), (550, -1 / 6, "pass"), (960, 1.2, "hold"),
    ],
)  # fmt: skip
def test_the_gap_is_measured_from_the_baseline_to_the_target(
    tuned: int, closed: float, verdict: str
) -> None:
    """Baseline 0.6, target 0.9: 0.84 is four fifths of the way."""
    found = judge("gap_closed", context(tried("nearest", 600), tried("lora", tuned)))
    assert found.numbers["closed"] == pytest.approx(closed)
    assert found.numbers["low"] <= closed <= found.numbers["high"]
    assert found.verdict == verdict, found.reason


def test_the_gap_where_lower_is_better() -> None:
    """The fall of the log loss so far, over the fall to the target."""
    ladder = [tried(rung, n, metric="log_loss") for rung, n in (("nearest", 600), ("lora", 800))]
    target = 0.2
    before, after = (one.evidence.goal.value for one in ladder)
    found = judge("gap_closed", context(*ladder, task=task("log_loss", target)))
    assert found.numbers["closed"] == pytest.approx((before - after) / (before - target))
    assert found.verdict == "pass"
    near = judge("gap_closed", context(*ladder, task=task("log_loss", after + 0.001)))
    assert near.verdict == "hold"


def test_without_a_gap_the_question_does_not_arise() -> None:
    found = judge("gap_closed", context(tried("nearest", 910), tried("lora", 940)))
    assert found.verdict == "not_applicable"


def test_full_tuning_is_not_its_own_reason() -> None:
    ladder = [tried("nearest", 600), tried("lora", 700), tried("full", 895)]
    assert judge("gap_closed", context(*ladder)).numbers["tuned"] == 0.7


def test_the_gain_over_frozen_features_is_told_beside_it() -> None:
    ladder = [tried("nearest", 600), tried("frozen", 700), tried("lora", 690)]
    assert judge("gap_closed", context(*ladder)).numbers["over_frozen"] is None
    ladder[2] = tried("lora", 720)
    found = judge("gap_closed", context(*ladder))
    assert found.numbers["over_frozen"] == pytest.approx(0.02)
    assert "+2.0 points over frozen features" in found.reason


def test_few_rows_cannot_settle_what_many_can() -> None:
    """At 0.87 the gap is 90 percent closed: clear on 1,000 rows, open on 60."""
    many = context(tried("nearest", 600), tried("lora", 870))
    few = context(tried("nearest", 36, rows=60), tried("lora", 52, rows=60), rows=60)
    assert judge("gap_closed", many).verdict == "hold"
    found = judge("gap_closed", few)
    assert found.verdict == "inconclusive"
    assert found.numbers["rows_to_settle"] > 60


def test_a_comparison_needs_the_predictions() -> None:
    about = context(tried("nearest", 600), tried("lora", 700), predictions=None)
    with pytest.raises(ValueError, match="compared by their predictions"):
        compare_attempts(about, *about.attempts)
