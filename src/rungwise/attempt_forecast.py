"""What an attempt was expected to take, on record before it began (R79)."""

from __future__ import annotations

from dataclasses import dataclass, field

from rungwise.records import Numbers


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long an attempt was expected to take, written before it began.

    Attributes:
        data: The split.
        attempt: Its id; its evidence says how long it took.
        rung: Its rung.
        seconds: What was expected.
        usd: Money for an endpoint's tokens, where their price is stated.
        numbers: What the forecast follows from: tokens, speeds, epochs, the correction.
    """

    data: str
    attempt: str
    rung: str
    seconds: float
    usd: float | None = None
    numbers: Numbers = field(default_factory=dict)
