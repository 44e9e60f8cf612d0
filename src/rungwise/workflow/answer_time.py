"""How long an answer takes: among many, and alone where a budget for it was stated (R37)."""

from __future__ import annotations

import statistics
import time

from rungwise.progress import Silent
from rungwise.protocols import Fitted, Rung, RungContext
from rungwise.records import Numbers
from rungwise.table import Examples, Inputs

CALLS = 6
"""From the fastest to the slowest of six is a 97 percent interval of the median, whatever the
distribution (David and Nagaraja 2003, "Order Statistics")."""


def answer_time(
    seconds: float, fitted: Fitted, train: Examples, context: RungContext, rung: Rung
) -> Numbers:
    """What an attempt remembers of the time that its answers took.

    Args:
        seconds: For all measured rows together.
        fitted: What answered them; it is asked again, alone, where `need.latency_ms` is stated.
        train: Where the questions for that are from: no measured row is asked twice.
        context: Of the rung.
        rung: Whose answers they are.
    """
    found: dict[str, object] = {"answer_seconds": seconds}
    if rung.needs_model:
        from rungwise.device import device

        found["device"] = device().type
    if context.task.need.latency_ms is not None and (rung.needs_model or rung.trains):
        found["latency"] = _alone(fitted, train.inputs)
    return found


def _alone(fitted: Fitted, inputs: Inputs) -> Numbers:
    took = []
    for row in range(min(CALLS + 1, len(inputs.ids))):
        one = Inputs(inputs.ids[row : row + 1], inputs.values[row : row + 1])
        began = time.perf_counter()
        fitted.predict(one, Silent())
        took.append(1000 * (time.perf_counter() - began))
    took = took[1:] or took  # the first wakes what had gone to sleep
    return {
        "median": statistics.median(took), "low": min(took), "high": max(took), "calls": len(took),
    }  # fmt: skip
