"""*Back to the data* names rows that a person can collect, or says that no such number will do."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from tests.constructed import measured
from tests.judged import context, judge, sealed_result, split, task, tried

from rungwise.decisions.direction import decide
from rungwise.decisions.more_rows import more_rows
from rungwise.evaluation.proportions import wilson
from rungwise.records import Measurement, SplitRecord
from rungwise.task import Task, parse

ROWS = {"train": 210, "validation": 30, "test": 60}
NO = "This cannot be settled with files of this size, 300 rows"


def few(**rows: int) -> SplitRecord:
    """300 rows, a fifth of them sealed."""
    numbers = {"rules": 2, "shares": {"train": 0.7, "validation": 0.1, "test": 0.2}}
    return split(rows=ROWS | rows, numbers=numbers)


def own_test() -> Task:
    """The user's own test file."""
    goal = {"goal": "Route complaints to one of two teams", "metric": "accuracy", "target": 0.9}
    return parse({"task": goal, "data": {"source": "c.csv", "test": "sealed.csv"}})


def sealed(right: int, rows: int = 60) -> Measurement:
    """`right` of so many test rows, with Wilson's interval."""
    low, high = wilson(right, rows, 0.95)
    return replace(measured(right / rows, low, high, rows=rows), on="test")


def rows_of(told: str) -> int:
    """The number of a sentence such as `About 1,400 new rows would …`."""
    return int(told.split()[1].replace(",", ""))


@pytest.mark.parametrize(("right", "target"), [(58, 0.9), (57, 0.85), (50, 0.75), (60, 0.93)])
def test_a_test_that_left_it_open_needs_rows_whose_interval_clears_the_target(
    right: int, target: float
) -> None:
    """Wilson's interval of the next test is computed: it clears with them, not with much fewer."""
    goal = sealed(right)
    told = more_rows(task(target=target), few(), goal, 1.0, greater=True)
    assert told.endswith("settle it, were the value to stay.")

    def clears(new: float) -> bool:
        rows = min(0.5 * new, 0.2 * (300 + new))
        return wilson(goal.value * rows, rows, 0.95)[0] >= target

    count = rows_of(told)
    assert clears(count)
    assert count == 120 or not clears(0.85 * count)  # 120: no fewer than the 60 test rows again


def test_a_value_below_the_target_needs_a_better_model() -> None:
    """At 0.88 the errors have to fall below 0.10, and the interval with them."""
    goal = measured(0.88, 0.84, 0.92, rows=240)
    told = more_rows(task(), few(), goal, 1.0, greater=True)
    assert told.endswith("were errors to fall with the square root of the rows.")

    def gap(new: int) -> float:
        falls = math.sqrt(300 / (300 + new))
        half = 0.04 * math.sqrt(falls) * math.sqrt(300 / (300 + new))
        return 0.1 - 0.12 * falls - half

    assert gap(rows_of(told)) >= 0 > gap(int(0.85 * rows_of(told)))


def test_what_no_person_collects_is_not_asked_for() -> None:
    far = measured(0.40, 0.34, 0.46, rows=240)
    told = more_rows(task(), few(), far, 1.0, greater=True)
    assert told.startswith(f"{NO}: it would take about ") and told.endswith(" new ones.")
    assert int(told.split()[-3].replace(",", "")) > 1200
    on_it = replace(sealed(54), value=0.9)
    assert more_rows(task(), few(), on_it, 1.0, greater=True) == f"{NO}."
    perfect = measured(0.97, 0.95, 0.99, rows=240)
    assert more_rows(task(target=1.0), few(), perfect, 1.0, greater=True) == f"{NO}."


def test_where_smaller_is_better_the_distance_is_to_zero() -> None:
    goal = measured(0.32, 0.3, 0.34, metric="log_loss", rows=240)
    told = more_rows(task("log_loss", 0.3), few(), goal, 0.0, greater=False)
    assert 100 <= rows_of(told) <= 300
    assert more_rows(task("log_loss", 0.3), few(), goal, None, greater=False) == ""


def test_a_new_test_part_is_no_smaller_than_the_old_and_large_enough_for_a_go() -> None:
    """It takes at most half of the new rows; a recall counts the rows of its class."""
    clear = sealed(60)
    assert rows_of(more_rows(task(), few(), clear, 1.0, greater=True)) == 120
    small = sealed(30, 30)
    assert rows_of(more_rows(task(target=0.6), few(test=30), small, 1.0, greater=True)) == 100
    recall = replace(sealed(20, 20), metric="recall[lost]")
    told = more_rows(task(target=0.6), few(), recall, 1.0, greater=True)
    assert rows_of(told) == 2 * 50 * 60 / 20


SITUATIONS: dict[str, dict[str, Any]] = {
    "below the target": {},
    "missed": {"test": 0.80},
    "open below": {"test": 0.88},
    "open above": {"test": 0.92},
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_way_back_to_the_data_has_a_number(situation: str) -> None:
    value = SITUATIONS[situation].get("test")
    chosen = tried("frozen", 850 if value is None else 940)
    test = value and sealed_result(chosen.evidence, value, value - 0.03, value + 0.03)
    about = context(tried("majority", 500), chosen, test=test, split=few(), bounds=(0.0, 1.0))
    verdicts = [judge("test_confirms", about)] if test else []
    (way,) = [one for one in decide(about, verdicts).ways if "`rungwise add FILE`" in one]
    assert "new rows would" in way or NO in way


def test_with_a_test_file_of_ones_own_new_rows_are_named_as_the_test() -> None:
    """Joined rows never enter it, so that they do not make it unseen."""
    chosen = tried("frozen", 940)
    test = sealed_result(chosen.evidence, 0.8, 0.77, 0.83)
    for given, unseen in ((task(), True), (own_test(), False)):
        about = context(tried("majority", 500), chosen, test=test, split=few(), task=given)
        told = " ".join(decide(about, [judge("test_confirms", about)]).ways)
        assert ("new ones count as unseen" in told) == unseen
        assert ("sealed.csv, which was seen" in told) != unseen
