"""How long an attempt takes that reads and writes tokens: what was counted, and what was learnt.

Tokens are counted before anything runs, as the rows are known. Their speed is measured on a few of
them, and every attempt that ends says by how much that was off.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from rungwise.records import Evidence, Forecast

RECENT = 3
"""Attempts that correct the next forecast: the machine of an hour ago was another one."""


def of_tokens(read: float, written: float, speed: tuple[float, float]) -> float:
    """Seconds for tokens that are read and written, at so many of each a second."""
    return read / speed[0] + written / speed[1]


def correction(
    attempts: Sequence[Evidence], forecasts: Mapping[str, Forecast], kind: str, model: str
) -> float:
    """By what the next forecast is multiplied: the median of took ÷ expected of the last few.

    What was expected is asked again with the tokens that were really written and the epochs that
    were really trained, so that only the speed is corrected.

    Args:
        attempts: What was measured, oldest first.
        forecasts: Attempt id → what was forecast.
        kind: `asks` or `trains`; where no attempt of that kind was forecast, the others count.
        model: Their base model.
    """
    ratios: dict[str, list[float]] = {}
    for one in attempts:
        made = forecasts.get(one.id)
        if made is None or one.model != model or "read" not in made.numbers:
            continue
        told = made.numbers
        written = float(told["written"])
        if not told["epochs"]:
            written = float(one.details.get("output_tokens", written)) or written
        expected = of_tokens(float(told["read"]), written, (told["read_rate"], told["write_rate"]))
        if told["epochs"]:
            missing = 1 - min(1.0, len(one.curve) / told["epochs"])
            expected -= missing * float(told["epoch_seconds"]) * told["epochs"]
        if expected > 0 and one.seconds > 0:
            ratios.setdefault(str(told["kind"]), []).append(one.seconds / expected)
    own = ratios.get(kind) or [one for each in ratios.values() for one in each]
    return statistics.median(own[-RECENT:]) if own else 1.0


def error(took: float, expected: float) -> float:
    """Relative error of a forecast, as a share of what it took."""
    return abs(expected - took) / took if took else 0.0
