"""Numbers as words, the same everywhere: a value never goes without what it was measured on."""

from __future__ import annotations

import re

from rungwise.evaluation import figures
from rungwise.evaluation.attempt_names import named
from rungwise.go_decision import Go, worst_end
from rungwise.records import Evidence, Measurement

REQUIREMENTS = re.compile(
    r",? ?\((?:see )?[RC]\d{1,2}(?:(?:, | and |–|-)[RC]?\d{1,2})*\)|(?<=[^(]), [RC]\d{1,2}(?=\))"
)


def measured(measurement: Measurement, target: float | None = None) -> str:
    """Such as `accuracy 91.2 % [89.7, 92.5] on 1,501 validation rows` (R11).

    Of folds it says `…, cross-validated on 510 rows`.

    With a `target`, a value that misses it by less than a digit is not rounded onto it, and no end
    of its interval is.
    """
    metric, rows = measurement.metric, measurement.rows
    if why := figures.undefined(metric, rows):
        return f"{metric} undefined: {why}"
    span = ""
    if measurement.low is not None and measurement.high is not None:
        span = f" {figures.interval(measurement.low, measurement.high, metric, rows, target)}"
    value = figures.figure(measurement.value, metric, rows, target)
    return f"{metric} {value}{span} {measured_on(rows, measurement.on)}"


def measured_on(rows: int, on: str) -> str:
    """Such as `on 1,501 validation rows`, or `cross-validated on 510 rows`."""
    noun = "row" if rows == 1 else "rows"
    return f"cross-validated on {rows:,} {noun}" if on == "folds" else f"on {rows:,} {on} {noun}"


def standing(evidence: Evidence) -> str:
    """Such as `frozen 91.2 %`: an attempt by its name and its goal value."""
    goal = evidence.goal
    return f"{named(evidence)} {figures.figure(goal.value, goal.metric, goal.rows)}"


def counted(number: int, noun: str) -> str:
    """Such as `1 rung` and `2,000 rungs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def agreeing(number: int, one: str, several: str) -> str:
    """The form of a word that agrees with a number: `repeats` after 1, `repeat` after 2."""
    return one if number == 1 else several


def times(number: int) -> str:
    """Such as `once` and `3 times`."""
    return "once" if number == 1 else f"{number:,} times"


def wanted(target: float, greater: bool, metric: str) -> str:
    """Such as `at least 90 %`, or `at most 0.3` where lower is better."""
    return f"{'at least' if greater else 'at most'} {figures.goal(target, metric)}"


BELOW_TARGET = "shipped below target"
"""How a release is shown whose test value missed the target."""


def released(version: str, *, below_target: bool) -> str:
    """Such as `v1.0`, or `v1.0, shipped below target`."""
    return f"{version}, {BELOW_TARGET}" if below_target else version


def accepted(decision: Go) -> str:
    """Such as `accepted accuracy down to 87.2 %`, or `up to 0.431` where smaller is better."""
    goal = decision.goal
    end = worst_end(goal, greater=decision.greater)
    way = "down to" if decision.greater else "up to"
    below = "; shipped below target" if decision.below_target else ""
    return f"accepted {goal.metric} {way} {figures.figure(end, goal.metric, goal.rows)}{below}"


def usd(value: float) -> str:
    """An amount of money: whole dollars from 100 on, cents below, never an exponent."""
    if value and abs(value) < 0.01:
        return "less than 0.01 USD"
    return f"{value:,.0f} USD" if abs(value) >= 100 else f"{value:,.2f} USD"


def per_million(usd_per_call: float) -> str:
    """The price of a million calls, which is a number that people can compare."""
    return f"{usd(usd_per_call * 1e6)} a million calls"


def unnumbered(text: str) -> str:
    """Text without the requirements that it cites, as earlier versions put them on record."""
    return REQUIREMENTS.sub("", text)


COLLECTED = 100_000
"""Labelled rows that nobody collects to settle a question."""


def settling(rows: int | None, of: str = "row", *, missed: bool = False) -> str:
    """How many rows would settle a question that these leave open (C3).

    Args:
        rows: So many; None where no number would.
        of: What they are.
        missed: Whether the value misses what is asked, so that they would show a miss.
    """
    if rows is None:
        return "At this value no number of rows would settle it."
    if rows > COLLECTED:
        return (
            f"Labelling more rows will not settle it: that takes about {rows:,}, were the value "
            "to stay."
        )
    settles = "show that it misses" if missed else "settle it"
    return f"About {rows:,} {of}s would {settles}, were the value to stay."
