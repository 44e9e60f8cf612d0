"""Gates that compare do so for texts too: on the same rows, by their metric (R62, R65, R66)."""

from __future__ import annotations

import pytest
from tests.judged import judge
from tests.made_colours import context, task, tried

LADDER = [("prompt", 10, 100), ("few_shot", 50, 62)]


@pytest.mark.parametrize("metric", ["exact_match", "json_f1"])
def test_tuning_is_compared_with_the_best_that_trains_nothing(metric: str) -> None:
    ladder = [tried(rung, right, formal, metric) for rung, right, formal in LADDER]
    tuned = tried("lora", 130, 5, metric)
    about = context(*ladder, tuned, about=task(metric=metric))
    found = judge("improvement_meaningful", about)
    assert found.verdict == "pass"
    assert "against the baseline, few_shot 3" in found.reason
    gain = tuned[0].goal.value - ladder[1][0].goal.value
    assert found.numbers["difference"] == pytest.approx(gain)
    assert 0 < found.numbers["low"] < gain < found.numbers["high"]
    assert judge("baseline_recorded", about).numbers["value"] == ladder[1][0].goal.value


@pytest.mark.parametrize(("right", "ruling"), [(60, "pass"), (134, "hold"), (118, "inconclusive")])
def test_the_gap_to_the_target_is_closed_or_not(right: int, ruling: str) -> None:
    ladder = [tried(*one) for one in LADDER]
    found = judge("gap_closed", context(*ladder, tried("lora", right)))
    assert found.verdict == ruling
    assert found.numbers["closed"] == pytest.approx((right - 50) / (135 - 50))  # 0.9 of 150 rows


def test_examples_that_nobody_needs_are_no_improvement() -> None:
    ladder = [tried(*one) for one in LADDER]
    assert judge("improvement_meaningful", context(*ladder, tried("lora", 51))).verdict == "hold"


def test_full_tuning_shows_what_was_measured_of_it() -> None:
    footprint = {"full_mb": 3100.0, "peft_mb": 900.0, "full_seconds": 4.0, "peft_seconds": 1.5}
    first = tried("lora", 90, details={"footprint": footprint})
    found = judge("full_tuning_justified", context(first, tried("lora", 100)))
    assert "3,100 MiB and 4.00 s in full, 900 MiB and 1.50 s with adapters" in found.reason
    assert found.numbers["footprint"] == footprint
