"""Where the attempts stand: against the target, against one another, against the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from statistics import NormalDist

from rungwise.evaluation.proportions import (
    is_wilson,
    jaccard,
    rows_of_share,
    rows_to_settle,
    wilson,
)
from rungwise.records import Evidence, Measurement
from rungwise.rules import NOW, SHOWN

RULE, PRECISION = "rule", "precision"
"""Among the details of an attempt: the rule that decided its labels, and the precision that is
asked for; there only if a goal of recall chose the threshold of its class (R54)."""


def at_recall(attempt: Evidence) -> bool:
    """Whether a goal of recall chose the threshold of the attempt."""
    return RULE in attempt.details


def by_precision(attempt: Evidence) -> bool:
    """Whether attempts at the recall that is asked for are told apart by their precision.

    No precision is asked for, so any of them meets the recall, if need be by answering nothing
    else: recall alone neither ends a climb nor says which attempt is better.
    """
    return at_recall(attempt) and attempt.details.get(PRECISION) is None


def precision_of(attempt: Evidence) -> Measurement | None:
    """The precision of the class whose recall is the goal."""
    name = attempt.goal.metric.replace("recall[", "precision[", 1)
    return next((one for one in attempt.per_class if one.metric == name), None)


def precise(attempt: Evidence) -> bool:
    """Whether the precision that is asked for is reached with its interval, if one is."""
    asked, found = attempt.details.get(PRECISION), precision_of(attempt)
    return asked is None or (found is not None and clears(found, asked, greater=True))


def reaches(value: float, target: float, greater: bool) -> bool:
    """Whether a value meets the target; equal is enough."""
    return value >= target if greater else value <= target


def clears(measurement: Measurement, target: float, greater: bool) -> bool:
    """Whether the whole interval meets the target; without one, the value."""
    near = measurement.low if greater else measurement.high
    return reaches(measurement.value if near is None else near, target, greater)


def suffices(
    attempt: Evidence,
    target: float,
    greater: bool,
    rules: int = NOW,
    attempts: Iterable[Evidence] = (),
) -> bool:
    """Whether an attempt ends the climb: its whole interval meets the target (C3, C8).

    So does one that is flawless among `attempts`: no other can do better on these rows, be they
    ever so few. By the first rules the value decides where something was trained (R43).
    """
    if rules < 2 and attempt.trains:
        return reaches(attempt.goal.value, target, greater)
    if at_recall(attempt):
        cleared = clears(attempt.goal, target, greater) and precise(attempt)
        return cleared and not by_precision(attempt)
    return clears(attempt.goal, target, greater) or (
        flawless(attempt, greater, attempts) and reaches(attempt.goal.value, target, greater)
    )


def flawless(attempt: Evidence, greater: bool, attempts: Iterable[Evidence] = ()) -> bool:
    """Whether an attempt has the best value that a score from 0 to 1, or a loss, can have.

    Of the validation rows alone that says nothing beside one that was measured by folds: it might
    make no error on these few rows either, and was asked about all the others.
    """
    if attempt.goal.on != "folds" and any(one.goal.on == "folds" for one in attempts):
        return False
    return attempt.goal.value == (1.0 if greater else 0.0)


def cheapness(attempt: Evidence) -> tuple[float, float, float]:
    """What is cheaper comes first: lower on the ladder, fewer trained parameters, fewer seconds."""
    trained = float(attempt.details.get("trained_parameters", 0))
    return attempt.height, trained, attempt.seconds


def candidates(attempts: Iterable[Evidence]) -> list[Evidence]:
    """Those that were trained to their end, where any was.

    A learning rate that was stopped in favour of another took fewer seconds and lacks what is
    measured at the end.
    """
    given = [*attempts]
    return [one for one in given if not one.details.get("stopped")] or given


def sufficient(
    attempts: Iterable[Evidence],
    target: float,
    greater: bool,
    rules: int = NOW,
    rows: Mapping[str, int] | None = None,
) -> Evidence | None:
    """The cheapest attempt that settles it (R43); by the first rules the best of its rung.

    If the test part has too few rows to confirm the value of the cheapest, it is the cheapest that
    they do confirm, of the same rung and of those that leave every base as it is. These are on
    record anyway, and cost as little to run.

    Args:
        attempts: On record.
        target: Of the goal.
        greater: Whether a larger value is better.
        rules: Of the split.
        rows: Of each part; None if what the test can show does not count.
    """
    given = [*attempts]
    enough = [one for one in given if suffices(one, target, greater, rules, given)]
    if rules >= 2:
        known = candidates(enough)
        cheapest = min(known, key=cheapness, default=None)
        if cheapest is None or rules < SHOWN or rows is None:
            return cheapest
        alike = [one for one in known if one.rung == cheapest.rung or one.rung in UNTUNED]
        shown = [one for one in alike if confirmable(one.goal, target, rows)]
        return min(shown, key=cheapness, default=cheapest)
    lowest = min((one.height for one in enough), default=None)
    return best([one for one in enough if one.height == lowest], greater)


def straddles(measurement: Measurement, threshold: float) -> bool:
    """Whether the interval holds the threshold, so that the rows do not settle it (C3)."""
    if measurement.low is None or measurement.high is None:
        return True
    return measurement.low < threshold < measurement.high


def within_standard_error(measurement: Measurement, threshold: float) -> bool:
    """Whether a value is within one standard error of a threshold, told from its interval."""
    value, low, high = measurement.value, measurement.low, measurement.high
    end = low if threshold < value else high
    if end is None:
        return False
    error = abs(end - value) / NormalDist().inv_cdf((1 + measurement.level) / 2)
    return abs(threshold - value) <= error


def rows_needed(measurement: Measurement, threshold: float) -> int | None:
    """Rows at which the interval would no longer hold the threshold, were the value to stay.

    Exact where the interval is Wilson's; else by the square root of the rows.
    """
    value, low, high = measurement.value, measurement.low, measurement.high
    if low is None or high is None:
        return None
    rows, level = measurement.rows, measurement.level
    if is_wilson(value, low, high, rows, level):
        return rows_of_share(value, threshold, level)
    if measurement.metric.startswith("f1[") and 0 <= threshold <= 1:
        share, ends = jaccard(value), (jaccard(low), jaccard(high))
        if is_wilson(share, *ends, rows, level):
            return rows_of_share(share, jaccard(threshold), level)
    return rows_to_settle(value, low, high, rows, threshold)


def confirmable(measurement: Measurement, target: float, rows: Mapping[str, int]) -> bool:
    """Whether the test rows would confirm a value that meets the target, were it to stay.

    Args:
        measurement: On validation or by folds; a metric of one class counts the rows of the class.
        target: Of the goal.
        rows: Of each part.
    """
    needed = rows_needed(_as_tested(measurement), target)
    measured = rows["validation"] + (rows["train"] if measurement.on == "folds" else 0)
    share = measurement.rows / measured if "[" in measurement.metric else 1.0
    return needed is not None and needed <= share * rows["test"]


def _as_tested(measurement: Measurement) -> Measurement:
    """With the interval that the test will give a share: Wilson's, and no wider for the folds."""
    value, rows, level = measurement.value, measurement.rows, measurement.level
    kind = measurement.metric.partition("[")[0]
    if kind in ("accuracy", "recall", "precision"):
        low, high = wilson(value * rows, rows, level)
        return replace(measurement, low=low, high=high)
    if kind == "f1":
        low, high = wilson(jaccard(value) * rows, rows, level)
        return replace(measurement, low=2 * low / (1 + low), high=2 * high / (1 + high))
    return measurement


def worthless(attempt: Evidence, worst: float | None) -> bool:
    """Whether an attempt has the worst value that there is: right in nothing, such as 0 of 50."""
    return worst is not None and attempt.goal.value == worst


def best(attempts: Iterable[Evidence], greater: bool) -> Evidence | None:
    """The attempt with the best goal value; of equals the cheapest rung, then the earliest.

    Where a recall is asked for and no precision, the best precision among those that have it.
    """
    sign = -1 if greater else 1

    def key(one: Evidence) -> tuple[float, float, int]:
        found = precision_of(one) if by_precision(one) else None
        if found is None:
            return 0.0, sign * one.goal.value, one.height
        met = one.details["point"]["met"]
        return (-1.0, -found.value, one.height) if met else (0.0, -one.goal.value, one.height)

    return min(attempts, key=key, default=None)


LINEAR = "linear"
"""The rung that trains and stands on no base model, so that it says nothing about one."""
UNTUNED = frozenset({LINEAR, "frozen"})
"""Rungs that fit a new classifier and leave every base model as it is (R41)."""


def tunes(attempt: Evidence) -> bool:
    """Whether an attempt changed a base model, or learnt something beside its weights."""
    return attempt.trains and attempt.rung not in UNTUNED


def trained_on_a_base(attempt: Evidence) -> bool:
    """Whether an attempt trained something and says something about its base model."""
    return attempt.trains and attempt.rung != LINEAR


COPIES = frozenset({"copy_nearest", "lead_sentence"})
"""Rungs that copy a text and ask no model: what all that is asked or trained has to beat."""


def best_copy(attempts: Iterable[Evidence], greater: bool) -> Evidence | None:
    """The best attempt that copies; None where labels are given, or nothing was copied yet."""
    return best((one for one in attempts if one.rung in COPIES), greater)


def baseline(attempts: Iterable[Evidence], greater: bool) -> Evidence | None:
    """The best attempt that trains nothing (C2)."""
    return best((one for one in attempts if not one.trains), greater)


def asking_baseline(attempts: Iterable[Evidence], greater: bool) -> Evidence | None:
    """The best of those that train nothing and do not copy; the best copy if there is no other.

    What is wrong with a model's answers is read from these, even if copying is better.
    """
    given = [*attempts]
    asking = [one for one in given if one.rung not in COPIES]
    return baseline(asking, greater) or baseline(given, greater)
