"""Numbers as people read them: percentages with the digits that the rows support."""

from __future__ import annotations

import pytest

from rungwise.evaluation import figures
from rungwise.evaluation.wording import measured, wanted
from rungwise.records import Measurement


@pytest.mark.parametrize(
    ("metric", "value", "rows", "shown"),
    [
        ("accuracy", 212 / 246, 246, "86.2 %"),
        ("accuracy", 0.86179, 10_000, "86.18 %"),
        ("macro_f1", 0.5, 30, "50.0 %"),
        ("recall[a, b]", 1.0, 12, "100.0 %"),
        ("exact_match", 0.0, 12, "0.0 %"),
        ("log_loss", 0.4321, 246, "0.432"),
        ("mcc", -0.25, 246, "-0.250"),
        ("roc_auc", 0.98765, 20_000, "0.9877"),
    ],
)
def test_a_metric_has_the_digits_of_its_rows(
    metric: str, value: float, rows: int, shown: str
) -> None:
    assert figures.figure(value, metric, rows) == shown


def test_a_value_below_the_target_is_not_rounded_onto_it() -> None:
    goal = Measurement("accuracy", 0.8996, 0.88, 0.92, 1000, "validation")
    assert measured(goal, 0.9) == "accuracy 89.96 % [88.0, 92.0] on 1,000 validation rows"
    assert measured(goal) == "accuracy 90.0 % [88.0, 92.0] on 1,000 validation rows"


@pytest.mark.parametrize(
    ("low", "high", "target", "shown"),
    [
        (0.92962, 0.987, 0.93, "[92.96, 98.7]"),
        (0.93, 0.987, 0.93, "[93.0, 98.7]"),
        (0.930004, 0.987, 0.93, "[93.0004, 98.7]"),
        (0.88, 0.93049, 0.93, "[88.0, 93.05]"),
        (0.88, 0.92, 0.93, "[88.0, 92.0]"),
    ],
)
def test_an_end_that_is_not_the_target_does_not_read_as_if_it_were(
    low: float, high: float, target: float, shown: str
) -> None:
    """`[93.0, …]` where 93 % is asked reads as met; the gate that says otherwise would be lying."""
    goal = Measurement("accuracy", 0.92, low, high, 300, "test")
    told = measured(goal, target)
    assert shown in told
    printed = told.partition("[")[2].split(",")[0]
    assert figures.reads_as(printed, low, "accuracy", 300), "a go decision takes it as it is shown"


@pytest.mark.parametrize(
    ("target", "metric", "shown"),
    [
        (0.999, "accuracy", "at least 99.9 %"),
        (0.925, "macro_f1", "at least 92.5 %"),
        (0.57, "recall[spam]", "at least 57 %"),
        (0.3, "roc_auc", "at least 0.3"),
    ],
)
def test_a_target_is_shown_as_it_was_asked_for(target: float, metric: str, shown: str) -> None:
    assert wanted(target, True, metric) == shown


def test_a_difference_is_in_points() -> None:
    told = figures.difference(0.2927, (0.2276, 0.3577), "accuracy", 246)
    assert told == "+29.3 points [+22.8, +35.8]"
    assert figures.difference(-0.00001, None, "accuracy", 246) == "+0.0 points"
    assert figures.difference(-0.012, (-0.02, 0.001), "log_loss", 246) == "-0.012 [-0.020, +0.001]"
