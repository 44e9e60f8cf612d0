"""Numbers as words, the same everywhere: a value never goes without what it was measured on."""

from __future__ import annotations

import re

from rungwise.records import Evidence, Measurement

REQUIREMENTS = re.compile(
    r",? ?\((?:see )?[RC]\d{1,2}(?:(?:, | and |–|-)[RC]?\d{1,2})*\)|(?<=[^(]), [RC]\d{1,2}(?=\))"
)


def measured(measurement: Measurement) -> str:
    """Such as `accuracy 0.9121 [0.8967, 0.9254] on 1,501 validation rows` (R11)."""
    interval = ""
    if measurement.low is not None and measurement.high is not None:
        interval = f" [{measurement.low:.4f}, {measurement.high:.4f}]"
    rows = f"{measurement.rows:,} {measurement.on} rows"
    return f"{measurement.metric} {measurement.value:.4f}{interval} on {rows}"


def standing(evidence: Evidence) -> str:
    """Such as `frozen 0.9121`: an attempt by its rung and its goal value."""
    return f"{evidence.rung} {evidence.goal.value:.4f}"


def counted(number: int, noun: str) -> str:
    """Such as `1 rung` and `2,000 rungs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def wanted(target: float, greater: bool) -> str:
    """Such as `at least 0.9`, or `at most 0.3` where lower is better."""
    return f"{'at least' if greater else 'at most'} {target:g}"


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


def settling(rows: int | None) -> str:
    """How many rows would settle a question that these leave open (C3)."""
    if rows is None:
        return "At this value no number of rows would settle it."
    return f"About {rows:,} rows would settle it, were the value to stay."
