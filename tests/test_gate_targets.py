"""Gates that read a value against the target, whichever way is better (R43, R65, R68)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.constructed import attempt, measured
from tests.judged import EARLIER, Tried, constant, context, judge, looks, sealed_result, task, tried

from rungwise.records import Verdict

CHOSEN = tried("frozen", 930)
LOWER = tried("frozen", 930, metric="log_loss")


def validated(
    value: float, low: float, high: float, metric: str = "accuracy", **facts: Any
) -> Verdict:
    """Validation against 0.9, or against 0.3 where lower is better."""
    found = attempt("frozen", measured(value, low, high, metric=metric))
    about = task("log_loss", 0.3) if metric == "log_loss" else task()
    tried_once = Tried(found, CHOSEN.predictions)
    return judge("validation_settled", context(tried_once, task=about, **facts))


CASES = [
    ("accuracy", 0.93, 0.91, 0.95, "pass", None),
    ("accuracy", 0.91, 0.89, 0.93, "inconclusive", 4000),
    ("accuracy", 0.90, 0.88, 0.92, "inconclusive", None),
    ("accuracy", 0.89, 0.87, 0.91, "inconclusive", 4000),
    ("accuracy", 0.87, 0.85, 0.89, "hold", None),
    ("log_loss", 0.25, 0.22, 0.28, "pass", None),
    ("log_loss", 0.28, 0.24, 0.32, "inconclusive", 4000),
    ("log_loss", 0.35, 0.31, 0.39, "hold", None),
]


@pytest.mark.parametrize(("metric", "value", "low", "high", "verdict", "rows"), CASES)
def test_the_interval_decides_on_validation(
    metric: str, value: float, low: float, high: float, verdict: str, rows: int | None
) -> None:
    found = validated(value, low, high, metric)
    assert found.verdict == verdict, found.reason
    assert found.numbers.get("rows_to_settle") == rows
    assert ("these rows do not settle it" in found.reason) == (verdict == "inconclusive")


@pytest.mark.parametrize(("metric", "value", "low", "high", "verdict", "rows"), CASES)
def test_the_seal_is_not_spent_on_a_coin_toss_while_a_rung_is_left(
    metric: str, value: float, low: float, high: float, verdict: str, rows: int | None
) -> None:
    """C8: what the rows leave open is for the next rung before it is for the test."""
    found = validated(value, low, high, metric, remaining=("unfreeze", "lora"))
    assert found.verdict == ("pass" if verdict == "pass" else "hold"), found.reason
    assert ("unfreeze, lora" in found.reason) == (verdict != "pass")
    assert found.numbers.get("rows_to_settle") == rows


def test_without_an_error_no_rung_is_left_that_could_do_better() -> None:
    found = validated(1.0, 0.88, 1.0, remaining=("unfreeze", "lora"))
    assert found.verdict == "inconclusive", found.reason


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [(0.93, 0.91, 0.95, "pass"), (0.91, 0.89, 0.93, "pass"), (0.89, 0.87, 0.91, "hold")],
)
def test_a_project_of_an_earlier_version_keeps_its_rule_that_the_value_decides(
    value: float, low: float, high: float, verdict: str
) -> None:
    found = validated(value, low, high, split=EARLIER["split"])
    assert found.verdict == verdict, found.reason
    assert ("though the interval holds the target" in found.reason) == (value == 0.91)


def test_a_metric_that_a_constant_answer_meets_tells_nothing() -> None:
    """95 of 100 rows have one label: accuracy 0.95 without a model; macro F1 is not fooled."""
    trivial, labels = constant()
    good = replace(CHOSEN, evidence=replace(CHOSEN.evidence, goal=measured(0.97, 0.96, 0.98)))
    about = context(trivial, good, expected=lambda: labels)
    found = judge("validation_settled", about)
    assert found.verdict == "hold"
    assert "majority gives every row the same answer" in found.reason
    fooled, labels = constant(metric="macro_f1")
    about = context(fooled, CHOSEN, expected=lambda: labels, task=task("macro_f1"))
    assert judge("validation_settled", about).verdict == "pass"


def test_below_the_target_the_rungs_left_or_the_choices_are_named() -> None:
    short = tried("frozen", 880)
    climbing = judge("validation_settled", context(short, remaining=("unfreeze", "lora")))
    assert "unfreeze, lora" in climbing.reason and "88.0 %" in climbing.reason
    ended = judge("validation_settled", context(short))
    assert {climbing.verdict, ended.verdict} == {"hold"}
    for choice in ("more data", "another base", "lower target", "named override"):
        assert choice in ended.reason


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (0.93, 0.915, 0.945, "pass"),
        (0.92, 0.90, 0.94, "pass"),
        (0.91, 0.89, 0.93, "inconclusive"),
        (0.89, 0.87, 0.91, "inconclusive"),
        (0.85, 0.83, 0.87, "hold"),
    ],
)
def test_on_the_test_part_the_near_end_of_the_interval_decides(
    value: float, low: float, high: float, verdict: str
) -> None:
    result = sealed_result(CHOSEN.evidence, value, low, high)
    assert judge("test_confirms", context(CHOSEN, test=result)).verdict == verdict


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [(0.25, 0.22, 0.28, "pass"), (0.28, 0.25, 0.32, "inconclusive"), (0.4, 0.35, 0.45, "hold")],
)
def test_where_lower_is_better_the_near_end_is_the_high_one(
    value: float, low: float, high: float, verdict: str
) -> None:
    result = sealed_result(LOWER.evidence, value, low, high)
    about = context(LOWER, task=task("log_loss", 0.32 if verdict == "pass" else 0.3), test=result)
    assert judge("test_confirms", about).verdict == verdict


def test_a_fall_from_validation_is_not_confirmed_until_somebody_knows_why() -> None:
    """0.99 → 0.93 is six percent; 0.95 → 0.93 is two, and 5 percent is tolerated (R68)."""
    high = replace(CHOSEN.evidence, goal=measured(0.99, 0.982, 0.995))
    near = replace(CHOSEN.evidence, goal=measured(0.95, 0.935, 0.962))
    for evidence, verdict in ((high, "inconclusive"), (near, "pass")):
        result = sealed_result(evidence, 0.93, 0.913, 0.945)
        about = context(Tried(evidence, CHOSEN.predictions), test=result)
        assert judge("test_confirms", about).verdict == verdict
    wide = replace(CHOSEN.evidence, goal=measured(0.99, 0.92, 1.0))
    chance = context(Tried(wide, CHOSEN.predictions), test=sealed_result(wide, 0.93, 0.913, 0.945))
    assert judge("test_confirms", chance).verdict == "pass"


@pytest.mark.parametrize(
    ("when_seen", "verdict"), [(0.95, "inconclusive"), (0.9, "pass"), (0.85, "pass")]
)
def test_seen_rows_cannot_confirm_a_target_that_was_lowered_after_them(
    when_seen: float, verdict: str
) -> None:
    result = sealed_result(CHOSEN.evidence, 0.93, 0.915, 0.945)
    about = replace(context(CHOSEN, test=result), target_when_seen=when_seen)
    assert judge("test_confirms", about).verdict == verdict


def test_a_test_of_another_attempt_confirms_nothing() -> None:
    other = tried("lora", 940)
    about = context(other, CHOSEN, test=sealed_result(other.evidence, 0.95, 0.94, 0.96))
    assert judge("test_confirms", about).verdict == "hold"


def test_a_second_look_is_told() -> None:
    for unseal, told in ((1, False), (2, True)):
        result = sealed_result(CHOSEN.evidence, 0.93, 0.915, 0.945, unseal)
        found = judge("test_confirms", context(CHOSEN, test=result))
        assert ("no longer unseen" in found.reason) == told
        assert found.numbers["unseal"] == unseal


def test_no_gate_sends_people_to_a_step_that_is_refused() -> None:
    below = context(tried("frozen", 800))
    seen = replace(context(CHOSEN), unsealings=looks("frozen-900-0"))
    for about in (context(), below, seen):
        assert "`rungwise test`" not in judge("test_confirms", about).reason
        assert "`rungwise ship`" not in judge("export_matches", about).reason
    assert "opened once" in judge("test_confirms", seen).reason
    assert "`rungwise test`" in judge("test_confirms", context(CHOSEN)).reason
    result = sealed_result(CHOSEN.evidence, 0.93, 0.915, 0.945)
    assert "`rungwise ship`" in judge("export_matches", context(CHOSEN, test=result)).reason
