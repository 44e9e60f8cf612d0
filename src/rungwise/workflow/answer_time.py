"""How long an answer takes: among many, and alone where a budget for it was stated (R37)."""

from __future__ import annotations

import contextlib
import statistics
import time

from rungwise.progress import Silent
from rungwise.protocols import Fitted, Rung, RungContext
from rungwise.records import Numbers
from rungwise.table import Examples, Inputs

UNCACHED = 16
"""Rows that are answered from the text on, to learn how long that takes."""
CALLS = 6
"""From the fastest to the slowest of six is a 97 percent interval of the median, whatever the
distribution (David and Nagaraja 2003, "Order Statistics")."""


def answer_time(
    seconds: float,
    answered: int,
    fitted: Fitted,
    train: Examples,
    context: RungContext,
    rung: Rung,
) -> Numbers:
    """What an attempt remembers of the time that its answers took.

    Args:
        seconds: For all measured rows together.
        answered: How many these are.
        fitted: What answered them; it is asked again, alone, where `need.latency_ms` is stated.
        train: Where the questions for that are from: no measured row is asked twice.
        context: Of the rung.
        rung: Whose answers they are.
    """
    found: dict[str, object] = {"answer_seconds": seconds}
    trunk = getattr(fitted, "trunk", None)
    if trunk is not None:
        # Of the measured rows the trunk has kept what the network makes of them: a share of the
        # work of an answer.
        with trunk.anew():
            each = _uncached(fitted, train.inputs)
        found["answer_seconds"] = max(seconds, answered * each)
    if rung.needs_model:
        from rungwise.device import device

        found["device"] = device().type
    if context.task.need.latency_ms is not None and (rung.needs_model or rung.trains):
        with trunk.anew() if trunk is not None else contextlib.nullcontext():
            found["latency"] = _alone(fitted, train.inputs)
    return found


def _uncached(fitted: Fitted, inputs: Inputs) -> float:
    """Seconds an answer, among some training rows that were never embedded as one column."""
    step = max(1, len(inputs.ids) // UNCACHED)
    some = Inputs(inputs.ids[::step][:UNCACHED], inputs.values[::step][:UNCACHED])
    if not len(some) or len(some) == len(inputs):
        return 0.0
    fitted.predict(Inputs(some.ids[:1], some.values[:1]), Silent())  # opens the network
    began = time.perf_counter()
    fitted.predict(some, Silent())
    return (time.perf_counter() - began) / len(some)


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
