"""A goal's metric is found by name, and a target that cannot be is refused (R2)."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from rungwise.errors import TaskError
from rungwise.evaluation.metrics import PLAIN, check_target, find

PAGE = Path(__file__).resolve().parents[1] / "docs" / "metrics.md"
CLASSES = ("card_arrival", "card_delivery", "lost_card", "top_up", "exchange", "refund")


def test_ten_plain_metrics_and_their_direction() -> None:
    lower_is_better = {name for name, metric in PLAIN.items() if not metric.greater}
    assert len(PLAIN) == 10
    assert lower_is_better == {"log_loss", "expected_calibration_error"}
    needs_scores = {name for name, metric in PLAIN.items() if metric.needs_scores}
    assert needs_scores == lower_is_better | {"roc_auc", "average_precision"}


def test_the_page_lists_every_metric() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(PLAIN) <= listed


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("acuracy", "accuracy"),
        ("Macro F1", "macro_f1"),
        ("logloss", "log_loss"),
        ("recal[lost_card]", "recall[CLASS]"),
    ],
)
def test_an_unknown_metric_names_its_nearest(wrong: str, right: str) -> None:
    with pytest.raises(TaskError) as refused:
        find(wrong, CLASSES)
    assert right in refused.value.next_step


def test_an_utterly_unknown_metric_lists_all() -> None:
    with pytest.raises(TaskError, match=r"accuracy, balanced_accuracy, .*f1\[CLASS\]"):
        find("zzz")


@pytest.mark.parametrize("name", ["recall", "recall[]", "f1"])
def test_a_metric_of_one_class_needs_the_class(name: str) -> None:
    with pytest.raises(TaskError, match="names no class"):
        find(name, CLASSES)


def test_an_unknown_class_names_its_nearest() -> None:
    with pytest.raises(TaskError) as refused:
        find("recall[card_arival]", CLASSES)
    assert refused.value.next_step.startswith("Did you mean card_arrival")
    with pytest.raises(TaskError, match="and 1 more"):
        find("recall[zzzzzz]", CLASSES)


def test_a_class_may_hold_brackets_and_lines() -> None:
    assert find("recall[a [b]\nc]", ("a [b]\nc", "d")).label == "a [b]\nc"


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("accuracy", 1.01), ("accuracy", -0.1), ("accuracy", math.nan), ("accuracy", math.inf),
        ("mcc", -1.5), ("log_loss", -0.1), ("log_loss", math.inf), ("recall[top_up]", 1.5),
        ("expected_calibration_error", 1.2),
    ],
)  # fmt: skip
def test_a_target_outside_the_range_is_refused(name: str, target: float) -> None:
    with pytest.raises(TaskError, match="outside"):
        check_target(find(name), target)


def test_a_percentage_is_recognised() -> None:
    with pytest.raises(TaskError, match=r"Did you mean 0\.9\?"):
        check_target(find("accuracy"), 90)


@pytest.mark.parametrize(("name", "worst"), [("accuracy", 0.0), ("mcc", -1.0), ("macro_f1", 0)])
def test_a_target_that_every_model_reaches_is_refused(name: str, worst: float) -> None:
    with pytest.raises(TaskError, match="every model reaches it"):
        check_target(find(name), worst)


@pytest.mark.parametrize(
    ("name", "target"),
    [("accuracy", 1.0), ("mcc", 0.0), ("log_loss", 3.5), ("log_loss", 0.0), ("roc_auc", 0.5)],
)
def test_a_target_inside_the_range_passes(name: str, target: float) -> None:
    check_target(find(name), target)
