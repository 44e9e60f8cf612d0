"""Which attempt is tested and shipped, and how long a climb goes on (R43, C3, C8)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.constructed import attempt, measured

from rungwise.decisions.settling import budget, could_clear, forecast
from rungwise.evaluation.metrics import find
from rungwise.evaluation.paired import difference
from rungwise.evaluation.selection import recorded, select
from rungwise.evaluation.standing import suffices, within_standard_error
from rungwise.policy import Policy
from rungwise.records import Evidence
from rungwise.table import Predictions

FIRST, NOW, SHOWN = 1, 2, 5
PARTS = {"train": 1050, "validation": 150, "test": 300}
FROZEN = attempt("frozen", measured(0.91, 0.89, 0.93))
LORA = attempt("lora", measured(0.96, 0.94, 0.98))


def chosen(
    *attempts: Evidence, target: float = 0.9, rules: int = NOW, greater: bool = True, **apart: float
) -> Evidence | None:
    """The selected attempt; every two are so far `better` apart, with that standard `error`."""
    between = apart.get("better", 1.0), apart.get("error", 0.0)
    found = select(attempts, target, greater, rules, lambda _best, _other: between)
    return found.attempt if found else None


# ── selection ────────────────────────────────────────────────────────────────────────────
def test_the_cheapest_attempt_whose_whole_interval_clears_is_selected() -> None:
    assert chosen(FROZEN, LORA, target=0.88) is FROZEN
    assert chosen(FROZEN, LORA, target=0.9) is LORA  # the interval of the frozen one holds it
    assert chosen(LORA, FROZEN, target=0.88) is FROZEN  # whatever their order
    assert chosen() is None


def test_where_lower_is_better_the_high_end_must_clear() -> None:
    low = attempt("lora", measured(0.2, 0.15, 0.25, metric="log_loss"))
    high = attempt("frozen", measured(0.28, 0.24, 0.32, metric="log_loss"))
    assert chosen(high, low, target=0.3, greater=False) is low
    assert chosen(high, low, target=0.33, greater=False) is high


@pytest.mark.parametrize(
    ("better", "error", "cheaper"), [(0.01, 0.02, True), (0.02, 0.02, True), (0.03, 0.02, False)]
)
def test_where_none_clears_the_cheapest_within_one_standard_error_is_selected(
    better: float, error: float, cheaper: bool
) -> None:
    """One-standard-error rule (Breiman et al. 1984): trained or not makes no difference."""
    nearest = attempt("nearest", measured(0.93, 0.9, 0.96))
    best = attempt("lora", measured(0.94, 0.91, 0.97))
    found = chosen(best, nearest, target=0.95, better=better, error=error)
    assert found is (nearest if cheaper else best)


@pytest.mark.parametrize(("target", "within"), [(0.909, True), (0.911, False), (0.891, True),
                                                (0.889, False)])  # fmt: skip
def test_one_standard_error_is_read_from_the_interval(target: float, within: bool) -> None:
    """A normal interval of 95 % ends 1.96 standard errors from the value."""
    assert within_standard_error(measured(0.9, 0.9 - 0.0196, 0.9 + 0.0196), target) is within
    assert not within_standard_error(measured(0.9), target)  # without an interval


def test_what_cannot_be_compared_with_the_best_is_not_selected_in_its_place() -> None:
    best, other = attempt("lora", measured(0.9)), attempt("frozen", measured(0.8))
    found = select((other, best), 0.99, True, NOW, lambda _best, _other: None)
    assert found is not None and found.attempt is best


def test_what_makes_no_error_ends_the_climb_though_its_few_rows_settle_nothing() -> None:
    perfect = attempt("linear", measured(1.0, 0.88, 1.0))
    assert suffices(perfect, 0.95, True)
    assert chosen(perfect, attempt("lora", measured(1.0, 0.88, 1.0)), target=0.95) is perfect
    assert not suffices(attempt("linear", measured(0.97, 0.88, 0.99)), 0.95, True)
    loss = attempt("linear", measured(0.0, 0.0, 0.4, metric="log_loss"))
    assert suffices(loss, 0.3, False)


def test_no_error_on_the_validation_rows_alone_does_not_outdo_what_folds_measured() -> None:
    """30 of 30 against 290 of 297: on the rows that both answered they may well be equal."""
    folded = attempt("linear", replace(measured(0.976, 0.949, 0.993, rows=297), on="folds"))
    few = attempt("unfreeze", measured(1.0, 0.886, 1.0, rows=30))
    assert not suffices(few, 0.95, True, NOW, (folded, few)) and suffices(few, 0.95, True)
    assert chosen(folded, few, target=0.95, better=0.03, error=0.04) is folded
    assert chosen(folded, few, target=0.88) is folded  # both clear it
    clear = attempt("unfreeze", measured(1.0, 0.96, 1.0, rows=120))
    assert chosen(folded, clear, target=0.95) is clear  # its own interval clears


def by_folds(rung: str, value: float, low: float, high: float, rows: int = 1200) -> Evidence:
    return attempt(rung, replace(measured(value, low, high, rows=rows), on="folds"))


def shown(*attempts: Evidence, target: float, rules: int = SHOWN, **parts: int) -> str:
    rows = PARTS | parts
    found = select(attempts, target, True, rules, lambda _a, _b: (1.0, 0.0), None, rows)
    assert found is not None
    assert recorded(attempts, target, True, rules, found.attempt.id, None, rows) is found.attempt
    return found.attempt.rung


def test_of_what_clears_one_is_selected_that_the_test_rows_can_confirm() -> None:
    """292 of 300 rows have a low end of 94.8 %, 296 one of 96.6 %."""
    nearest = by_folds("nearest", 0.973, 0.961, 0.985)
    linear = by_folds("linear", 0.985, 0.975, 0.993)
    assert shown(nearest, linear, target=0.95) == "linear"
    assert shown(nearest, linear, target=0.95, test=1000) == "nearest"  # enough rows for either
    assert shown(nearest, linear, target=0.95, test=60) == "nearest"  # too few for any
    assert shown(nearest, linear, target=0.95, rules=4) == "nearest"  # split under earlier rules
    found = select((nearest, linear), 0.95, True, SHOWN, lambda _a, _b: None, None, PARTS)
    assert found is not None and "300 test rows can confirm" in found.reason


def test_not_even_flawless_rows_confirm_what_is_asked_of_too_few() -> None:
    """60 of 60 rows have a low end of 94.0 %: nothing can be confirmed; the cheapest is chosen."""
    names = by_folds("zero_shot", 0.996, 0.977, 0.999, rows=240)
    linear = by_folds("linear", 1.0, 0.982, 1.0, rows=240)
    assert shown(names, linear, target=0.95, test=60) == "zero_shot"
    assert shown(names, linear, target=0.95, test=75) == "linear"  # 73 flawless ones would


def test_nothing_that_was_tuned_to_compare_takes_the_place_of_what_was_not() -> None:
    nearest = by_folds("nearest", 0.973, 0.961, 0.985)
    tuned = by_folds("unfreeze", 0.99, 0.982, 0.996)
    assert shown(nearest, tuned, target=0.95) == "nearest"
    again = replace(by_folds("unfreeze", 0.97, 0.958, 0.982), id="rate 1", seconds=1.0)
    assert shown(again, tuned, target=0.95) == "unfreeze"
    found = select((again, tuned), 0.95, True, SHOWN, lambda _a, _b: None, None, PARTS)
    assert found is not None and found.attempt is tuned  # of the same rung


def test_a_metric_of_one_class_counts_the_test_rows_of_the_class() -> None:
    """240 of 1,200 rows are spam, so 60 of the 300 test rows are; 98 % takes 55, 93 % 385."""
    low, good = (
        attempt(rung, replace(measured(value, *ends, metric="recall[spam]", rows=240), on="folds"))
        for rung, value, ends in (
            ("nearest", 0.93, (0.905, 0.96)),
            ("linear", 0.98, (0.96, 0.99)),
        )
    )
    assert shown(low, good, target=0.9) == "linear"
    assert shown(low, good, target=0.9, test=60) == "nearest"  # 12 rows of the class


def test_the_best_on_a_few_rows_hides_no_difference_that_the_folds_show() -> None:
    """Beside 27 of 30 the 24 of `nearest` are within one standard error; on 240 it is worse."""

    def folded(rung: str, value: float) -> Evidence:
        return attempt(rung, replace(measured(value, value - 0.06, value + 0.06), on="folds"))

    nearest, frozen = folded("nearest", 0.80), folded("frozen", 0.86)
    few = attempt("unfreeze", measured(0.9, 0.74, 0.97, rows=30))
    apart = {
        ("frozen", "nearest"): (0.06, 0.02),
        ("unfreeze", "nearest"): (0.06, 0.07),
        ("unfreeze", "frozen"): (0.0, 0.05),
        ("frozen", "unfreeze"): (0.0, 0.05),
    }

    def chosen_of(*attempts: Evidence) -> Evidence:
        found = select(attempts, 0.95, True, NOW, lambda a, b: apart[a.rung, b.rung])
        assert found is not None
        return found.attempt

    assert chosen_of(nearest, frozen) is frozen
    assert chosen_of(nearest, frozen, few) is frozen
    apart["unfreeze", "frozen"] = (0.1, 0.05)  # better on the rows that both answered
    apart["frozen", "unfreeze"] = (-0.1, 0.05)
    assert chosen_of(nearest, frozen, few) is few


def test_cheapest_is_the_height_then_the_trained_parameters_then_the_seconds() -> None:
    high = measured(0.97, 0.95, 0.99)

    def lora(name: str, trained: int, seconds: float) -> Evidence:
        details = {"trained_parameters": trained}
        return attempt("lora", high, id=name, details=details, seconds=seconds)

    small, quick, slow = lora("small", 10, 90.0), lora("quick", 20, 10.0), lora("slow", 20, 50.0)
    assert chosen(slow, quick, small) is small
    assert chosen(slow, quick) is quick
    frozen = attempt("frozen", high, seconds=1000.0)
    assert chosen(slow, small, frozen) is frozen


def test_a_learning_rate_that_was_stopped_is_not_cheaper_for_that() -> None:
    high = measured(0.97, 0.95, 0.99)
    stopped = attempt("lora", high, id="stopped", seconds=5.0, details={"stopped": {"epoch": 1}})
    whole = attempt("lora", high, id="whole", seconds=50.0)
    assert chosen(stopped, whole) is whole
    assert chosen(stopped, whole, target=0.99, better=0.0) is whole
    assert chosen(stopped) is stopped


def test_by_the_first_rules_the_value_of_what_was_trained_decides() -> None:
    two = [attempt("lora", measured(0.95)), attempt("lora", measured(0.96))]
    assert chosen(FROZEN, *two, target=0.9, rules=FIRST) is FROZEN
    assert chosen(FROZEN, *two, target=0.95, rules=FIRST) is two[1]
    assert chosen(FROZEN, *two, target=0.99, rules=FIRST) is two[1]
    assert chosen(FROZEN, *two, target=0.92, greater=False, rules=FIRST) is FROZEN
    unsure = attempt("nearest", measured(0.91, 0.89, 0.93))
    assert chosen(unsure, FROZEN, rules=FIRST) is FROZEN  # what trains nothing must convince


def test_a_reader_of_the_ledger_alone_sees_what_was_selected() -> None:
    best, near = attempt("lora", measured(0.94)), attempt("frozen", measured(0.93))
    assert recorded((near, best), 0.99, True, NOW, near.id) is near
    assert recorded((near, best), 0.99, True, NOW, "") is best
    assert recorded((near, best), 0.99, True, FIRST, near.id) is best
    assert recorded((FROZEN, LORA), 0.88, True, NOW, LORA.id) is FROZEN  # it clears


# ── the paired standard error ────────────────────────────────────────────────────────────
def answered(ids: range, right: range, of: dict[int, str]) -> Predictions:
    """Answers to some rows, right for those in `right`."""
    other = {"yes": "no", "no": "yes"}
    outputs = [of[row] if row in right else other[of[row]] for row in ids]
    return Predictions(pl.Series(map(str, ids)), pl.Series(outputs), None, ("no", "yes"))


def test_attempts_are_compared_on_the_rows_that_both_answered() -> None:
    """The standard error of a paired difference of shares: sqrt((b + c − (b − c)² / n)) / n."""
    truth = {row: ("yes", "no")[row % 2] for row in range(400)}
    rows = pl.DataFrame({"id": [str(row) for row in truth], "expected": list(truth.values())})
    reference = answered(range(0, 300), range(0, 200), truth)
    better = answered(range(100, 400), range(150, 400), truth)
    found, error = difference(find("accuracy"), rows, reference, better, Policy())
    shared, won, lost = 200, 100, 50  # rows 100–299: 200–299 won, 100–149 lost
    assert found == pytest.approx((won - lost) / shared)
    expected = math.sqrt(won + lost - (won - lost) ** 2 / shared) / shared
    assert error == pytest.approx(expected, rel=0.06)  # 2,000 resamples: ± 1.6 %


def test_the_difference_does_not_depend_on_the_order_of_the_rows() -> None:
    truth = {row: ("yes", "no")[row % 3 == 0] for row in range(90)}
    rows = pl.DataFrame({"id": [str(row) for row in truth], "expected": list(truth.values())})
    a, b = answered(range(90), range(60), truth), answered(range(90), range(20, 90), truth)
    order = np.random.default_rng(3).permutation(90)
    shuffled = Predictions(b.ids.gather(order), b.outputs.gather(order), None, b.classes)
    policy = Policy()
    metric = find("macro_f1")
    assert difference(metric, rows, a, b, policy) == difference(metric, rows, a, shuffled, policy)


# ── how long it goes on ──────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("seconds", "stated", "given"),
    [((2.0, 3.0), None, 300.0), ((20.0, 30.0), None, 500.0), ((20.0, 30.0), 60.0, 60.0),
     ((1.0,), 0.0, 0.0)],
)  # fmt: skip
def test_the_time_to_settle_is_ten_times_what_it_took_and_at_least_five_minutes(
    seconds: tuple[float, ...], stated: float | None, given: float
) -> None:
    attempts = [attempt("frozen", measured(0.9), seconds=one) for one in seconds]
    assert budget(attempts, stated) == (sum(seconds), given)


def tuned(rung: str, seconds: float, **configuration: Any) -> Evidence:
    details = {"blocks": 6}
    goal = measured(0.9)
    return attempt(rung, goal, seconds=seconds, configuration=configuration, details=details)


def test_a_forecast_is_the_nearest_measured_rung_by_layers_and_configurations() -> None:
    frozen = attempt("frozen", measured(0.9), seconds=8.0)
    assert forecast([frozen], 50, {"layers": 1}, 3) == 24.0
    two = tuned("unfreeze", 30.0, layers=2, learning_rate=1e-4)
    assert forecast([frozen, two], 60, {"layers": 4}, 3) == 15.0 * 4 * 3
    assert forecast([frozen, two], 70, {"layers": None}, 1) == 15.0 * 6  # all six blocks
    assert forecast([two, frozen], 45, {"layers": 1}, 1) == 8.0  # what is above says nothing
    assert forecast([], 40, {}, 1) is None
    shown = attempt("nearest", measured(0.9), seconds=180.0, details={"blocks": 30})
    assert forecast([shown], 60, {"layers": None}, 3) == 540.0  # it trained no layer


@pytest.mark.parametrize(
    ("value", "target", "rows", "clears"),
    [
        (0.958, 0.9385, 60, False),  # 58.7 of 60: Wilson's interval begins below 91 %
        (0.958, 0.9385, 136, True),  # 3.8415 · 0.9385 · 0.0615 / (0.979 - 0.9385)² = 135.2 rows
        (0.958, 0.9385, 135, False),
        (0.947, 0.9275, 150, True),
        (0.947, 0.9275, 20, False),
    ],
)
def test_a_rung_is_worth_its_time_if_half_of_the_errors_would_settle_it(
    value: float, target: float, rows: int, clears: bool
) -> None:
    goal = replace(measured(value, value - 0.04, value + 0.03, rows=480), on="folds")
    assert could_clear(goal, target, 1.0, rows) is clears


def test_half_of_the_errors_of_another_metric_have_a_narrower_interval() -> None:
    """0.95 is further from 0.86 than 0.06 · √(½ · 400 / 100) = 0.085, and not from 0.87."""
    goal = measured(0.9, 0.84, 0.94, metric="macro_f1", rows=400)
    assert could_clear(goal, 0.86, 1.0, 100)
    assert not could_clear(goal, 0.87, 1.0, 100)
    loss = measured(0.2, 0.14, 0.26, metric="log_loss", rows=400)
    assert could_clear(loss, 0.19, 0.0, 100) and not could_clear(loss, 0.18, 0.0, 100)
