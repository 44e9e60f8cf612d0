"""Whether a metric can take a target."""

from __future__ import annotations

import math


def outside(target: float, metric: str, low: float | None, high: float | None) -> tuple[str, ...]:
    """The fact and the next step if a target lies outside a metric's range; () if it does not.

    Args:
        target: What is asked.
        metric: Its name.
        low, high: Smallest and largest value of the metric; None where unbounded or unknown.
    """
    below, above = low is not None and target < low, high is not None and target > high
    if math.isfinite(target) and not below and not above:
        return ()
    fact = f"The target {target:g} is outside {metric}"
    ends = [f"from {low:g}" if low is not None else "", f"to {high:g}" if high is not None else ""]
    span = " ".join(filter(None, ends)) + (" up" if low is not None and high is None else "")
    if not span.strip():
        return f"The target {target:g} is no number", "Choose a number."
    percent = high == 1.0 and 1 < target <= 100 and not low
    hint = f"Did you mean {target / 100:g}?" if percent else f"Choose a target {span}."
    return f"{fact}, which runs {span}", hint
