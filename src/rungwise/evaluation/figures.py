"""Metrics as people read them: percentages, with as many digits as the rows support.

JSON and the ledger keep raw numbers.
"""

from __future__ import annotations

import math
import re

from rungwise.records import Measurement

SHARE = re.compile(
    r"(?:balanced_)?accuracy|(?:macro_|micro_|weighted_|answer_)?f1|(?:recall|precision|f1)\[.*\]|"
    r"recall|precision|exact_match|normalised_match|final_number|final_answer|json_\w+|regex(?:\[.*\])?",
    re.DOTALL,
)
"""Metrics that are shares of rows, or means of such shares."""
MANY = 10_000
"""From so many rows on, a 95 percent interval of a share is narrower than two points."""

MOST_DIGITS = 6


def is_share(metric: str) -> bool:
    """Whether a metric is written as a percentage."""
    return SHARE.fullmatch(metric) is not None


def undefined(metric: str, rows: int) -> str:
    """Why a metric has no value: it is a share of no rows. "" if it has one."""
    if rows:
        return ""
    return "never predicted" if metric.startswith("precision[") else "no rows"


def figure(value: float, metric: str, rows: int, beside: float | None = None) -> str:
    """Such as `86.2 %`, or `0.431` for a metric that is no share.

    Args:
        value: Of the metric.
        metric: Its name.
        rows: Rows that it was measured on.
        beside: A target that it is compared with: more digits tell the two apart if they differ.
    """
    unit = " %" if is_share(metric) else ""
    number = _scaled(value, metric)
    digits = _apart(value, metric, _digits(metric, rows), beside)
    return f"{_fixed(number, digits)}{unit}"


def interval(low: float, high: float, metric: str, rows: int, beside: float | None = None) -> str:
    """Such as `[81.3, 89.9]`, in the unit of the value that it stands behind.

    An end that differs from `beside`, a target, has the digits that tell the two apart.
    """
    digits = _digits(metric, rows)
    ends = (
        _fixed(_scaled(end, metric), _apart(end, metric, digits, beside)) for end in (low, high)
    )
    return f"[{', '.join(ends)}]"


def difference(value: float, ends: tuple[float, float] | None, metric: str, rows: int) -> str:
    """Such as `+29.3 points [+22.8, +35.8]`; `ends` is its interval."""
    digits = _digits(metric, rows)

    def signed(number: float) -> str:
        return f"{round(_scaled(number, metric), digits) + 0.0:+.{digits}f}"

    unit = " points" if is_share(metric) else ""
    span = f" [{signed(ends[0])}, {signed(ends[1])}]" if ends else ""
    return f"{signed(value)}{unit}{span}"


def change(first: float | None, last: float | None, measured: Measurement) -> str:
    """Such as `accuracy 86.2 % → 81.0 %`: two values of a curve, on the rows of a measurement."""
    ends = [
        "?" if value is None else figure(value, measured.metric, measured.rows)
        for value in (first, last)
    ]
    return f"{measured.metric} {' → '.join(ends)}"


def readings(text: str) -> tuple[float, ...]:
    """The numbers that a person may have meant by a text such as `87.2`, `87.2 %` or `87,2`.

    A comma separates thousands or decimals. Empty if the text is no finite number.
    """
    bare = text.strip().removesuffix("%").strip()
    found = []
    for separator in {"", "."} if "," in bare else {""}:
        try:
            number = float(bare.replace(",", separator))
        except ValueError:
            continue
        if math.isfinite(number):
            found.append(number)
    return tuple(found)


def reads_as(text: str, value: float, metric: str, rows: int) -> bool:
    """Whether a text is a value as it is printed, or rounds to it; shares also as 0.872."""
    digits = _digits(metric, rows)
    printed = _fixed(_scaled(value, metric), digits)
    factors = (1, 100) if is_share(metric) and "%" not in text else (1,)
    return any(
        _fixed(factor * number, digits) == printed
        for number in readings(text)
        for factor in factors
    )


def goal(target: float, metric: str) -> str:
    """A target as it was asked for, such as `92.5 %`."""
    return f"{round(100 * target, 8):g} %" if is_share(metric) else f"{target:g}"


def _apart(value: float, metric: str, digits: int, beside: float | None) -> int:
    """Digits that tell a value from another one, if they differ: `digits` or more."""
    if beside is None or value == beside:
        return digits
    number, other = _scaled(value, metric), _scaled(beside, metric)
    while digits < MOST_DIGITS and round(number, digits) == round(other, digits):
        digits += 1
    return digits


def _scaled(value: float, metric: str) -> float:
    return 100 * value if is_share(metric) else value


def _digits(metric: str, rows: int) -> int:
    return (1 if is_share(metric) else 3) + (rows >= MANY)


def _fixed(number: float, digits: int) -> str:
    return f"{number:.{digits}f}" if abs(number) < 1000 else f"{number:,.4g}"
