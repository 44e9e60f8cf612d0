"""How long an attempt takes that reads and writes tokens: what was counted, and what was learnt.

Tokens are counted before anything runs, as the rows are known. Their speed is measured on a few of
them, and every attempt that ends says by how much that was off.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rungwise.attempt_forecast import Forecast
from rungwise.records import Evidence, Numbers

RECENT = 3
"""Attempts that correct the next forecast: the machine of an hour ago was another one."""


class Speed(NamedTuple):
    """How fast a model is on one machine.

    Attributes:
        read, write: Tokens that are read and written a second, beside what a pass costs anyway.
        step: Seconds of a pass that writes one token, however many rows it writes to.
    """

    read: float
    write: float
    step: float = 0.0

    @staticmethod
    def of(told: Numbers) -> Speed:
        """As a forecast keeps it; earlier versions knew of no steps."""
        return Speed(told["read_rate"], told["write_rate"], float(told.get("step_seconds", 0.0)))


def of_tokens(read: float, written: float, speed: Speed, steps: float = 0.0) -> float:
    """Seconds for tokens that are read and written, in so many passes that write one a row."""
    return read / speed.read + written / speed.write + steps * speed.step


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
        written, steps = float(told["written"]), float(told.get("steps", 0.0))
        if not told["epochs"]:
            answers = float(told.get("answers", written))
            written += (float(one.details.get("output_tokens", answers)) or answers) - answers
            if longest := float(told.get("longest", 0.0)):
                last = float(told["last_steps"])
                steps += last * (float(one.details.get("longest", longest)) / longest - 1)
        expected = of_tokens(float(told["read"]), written, Speed.of(told), steps)
        if told["epochs"]:
            expected -= (told["epochs"] - _trained(one, told)) * float(told["epoch_seconds"])
        if expected > 0 and one.seconds > 0:
            ratios.setdefault(str(told["kind"]), []).append(one.seconds / expected)
    own = ratios.get(kind) or [one for each in ratios.values() for one in each]
    return statistics.median(own[-RECENT:]) if own else 1.0


def of_what_was_done(made: Forecast, evidence: Evidence) -> float:
    """A forecast without the epochs that were spared, as a rate was stopped before its end."""
    told = made.numbers
    if not told.get("epochs"):
        return made.seconds
    spared = int(told["epochs"]) - _trained(evidence, told)
    each = float(told["epoch_seconds"]) * float(told["correction"])
    return made.seconds - spared * each


def _trained(evidence: Evidence, told: Numbers) -> int:
    epochs = int(told["epochs"])
    return min(len(evidence.curve), epochs)


def error(took: float, expected: float) -> float:
    """Relative error of a forecast, as a share of what it took."""
    return abs(expected - took) / took if took else 0.0
