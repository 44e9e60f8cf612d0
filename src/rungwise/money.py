"""What answers and tuning cost, as records that gates and reports read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of answers that were asked for one at a time.

    `low` and `high` are the fastest and the slowest of `calls`.
    """

    median: float
    low: float
    high: float
    calls: int


@dataclass(frozen=True, slots=True)
class CallCost:
    """What one answer of an attempt costs (R37, R52).

    Attributes:
        usd: US dollars; None where it cannot be known.
        basis: What that rests on, or why it cannot be known.
        seconds: Machine time an answer, many rows at once; None where it was not measured.
        prompt_tokens: Tokens read for an answer; None where they were not counted.
        output_tokens: Tokens written.
        latency: Answers asked for alone; None where no latency was stated.
    """

    usd: float | None
    basis: str
    seconds: float | None = None
    prompt_tokens: float | None = None
    output_tokens: float | None = None
    latency: Latency | None = None


@dataclass(frozen=True, slots=True)
class Costs:
    """What the attempts on record cost.

    Attributes:
        calls: Attempt id → one answer of it.
        tuning_usd: Machine time of all attempts that train.
        measuring_usd: Tokens or machine time of all that train nothing.
        assumptions: Inferred defaults, as they are said aloud.
    """

    calls: Mapping[str, CallCost] = field(default_factory=dict)
    tuning_usd: float = 0.0
    measuring_usd: float = 0.0
    assumptions: tuple[str, ...] = ()
