"""How long a climb goes on while the best interval holds the target (C8).

The rows may not settle it that the target is reached, and the next rung might. So the climb goes
on, but for a limited time: ten times what it took until then and at least five minutes, fixed
once, or what the task states. A rung is begun if its forecast fits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rungwise.evaluation.proportions import rows_of_share
from rungwise.records import Evidence, Measurement, Numbers

LEAST = 300.0
"""Seconds that are always given."""
USED_UP = "The time to settle is used up: "
"""How the reason of a rung begins that was not begun for want of time."""
FACTOR = 10.0
"""Times the seconds of the attempts until then."""
FOLDED = 5.0
"""Times the seconds of one fit that a rung takes which trains layers and is measured by folds: four
fits to four fifths of the rows each, beside the one that is kept."""


ERRORS = 0.5
"""Part of the errors that a further rung is supposed to leave; tuning rarely leaves fewer."""


def could_clear(goal: Measurement, target: float, perfect: float, rows: float) -> bool:
    """Whether the interval of an attempt with `ERRORS` of the errors would clear the target.

    Args:
        goal: Of the selected attempt, which meets the target by its value.
        target: Of the goal.
        perfect: The best value of the metric.
        rows: That the further attempt would be measured on; of a class, if `goal` counts those.
    """
    value = perfect - (perfect - goal.value) * ERRORS
    if goal.metric == "accuracy":
        needed = rows_of_share(value, target, goal.level)
        return needed is not None and needed <= rows
    near = goal.low if perfect > goal.value else goal.high
    if near is None:
        return True
    half = abs(goal.value - near) * math.sqrt(ERRORS * goal.rows / rows)
    return abs(value - target) >= half


def budget(attempts: Sequence[Evidence], stated: float | None) -> tuple[float, float]:
    """What the attempts took, and what further ones may take together, in seconds.

    Args:
        attempts: Until the first whose interval holds the target, that one included.
        stated: `policy.settle_seconds`, which replaces the rule.
    """
    spent = sum(one.seconds for one in attempts)
    return spent, max(LEAST, FACTOR * spent) if stated is None else stated


def forecast(
    attempts: Sequence[Evidence], height: int, configuration: Numbers, configurations: int
) -> float | None:
    """Seconds that a rung will take: those of the nearest measured one × layers × configurations.

    They are those of a rung that is measured on validation: `FOLDED` times as long by folds. Where
    the nearest trained no layers, their number does not count.

    Args:
        attempts: What was measured; of the nearest rung below, or of the same, the newest counts.
        height: Of the rung on the ladder.
        configuration: That it is tried with first.
        configurations: How many it will try.

    Returns:
        None where nothing was measured yet.
    """
    below = [one for one in attempts if one.height <= height]
    if not below:
        return None
    nearest = max(enumerate(below), key=lambda one: (one[1].height, one[0]))[1]
    blocks = max((int(one.details.get("blocks", 1)) for one in attempts), default=1)
    folded = FOLDED if nearest.goal.on == "folds" and "layers" in nearest.configuration else 1.0
    if "layers" not in nearest.configuration:  # it trained none, so it says nothing of a layer
        return nearest.seconds * configurations
    each = nearest.seconds / folded / _layers(nearest.configuration, blocks)
    return each * _layers(configuration, blocks) * configurations


def _layers(configuration: Numbers, blocks: int) -> int:
    """Layers that are trained: all where a rung says None, one where it does not say."""
    layers: Any = configuration.get("layers", 1)
    return max(1, blocks if layers is None else int(layers))
