"""Learning rates that are clearly beaten are stopped, so that others get the time.

The idea of successive halving (Jamieson and Talwalkar 2016, "Non-stochastic Best Arm
Identification and Hyperparameter Optimization"), with an interval in the place of a fixed share:
after an epoch a rate is stopped when another one had, after as many epochs and on the same rows,
a lower loss row by row whose interval excludes zero, and a metric that was no worse. Noise stops
nothing, and a rate that is ahead in the goal's metric goes on whatever its loss says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from rungwise.protocols import RungContext
from rungwise.records import Numbers
from rungwise.training.regularisation import SETTINGS

RATE, LOSSES = "learning_rate", "row_losses"
SAME = ("epochs", "system", "max_tokens", *SETTINGS)
"""Details that must agree, or the curves say nothing about each other."""


@dataclass(frozen=True)
class Rival:
    """How another rate did, epoch after epoch.

    Attributes:
        rate: Its learning rate.
        values: The goal's metric after each epoch.
        losses: Mean loss of each judged row after each epoch.
    """

    rate: float
    values: Sequence[float]
    losses: Sequence[Sequence[float]]


def of(
    context: RungContext, rung: str, configuration: Numbers, model: str, told: Numbers
) -> tuple[Rival, ...]:
    """What is on record of other rates of the same rung, all else being equal.

    Args:
        context: Its attempts are read.
        rung: The rung's name.
        configuration: Of the attempt that is made now.
        model: Name and digest of the base model.
        told: Details of the attempt that is made now.
    """
    return tuple(
        Rival(
            one.configuration[RATE],
            [float(point.validation_metric or 0) for point in one.curve],
            one.details[LOSSES],
        )
        for one in context.attempts
        if one.rung == rung
        and one.model == model
        and _without_rate(one.configuration) == _without_rate(configuration)
        and LOSSES in one.details
        and all(one.details.get(key) == told.get(key) for key in SAME)
    )


def beaten(
    losses: Sequence[Sequence[float]],
    values: Sequence[float],
    rivals: Sequence[Rival],
    greater: bool,
    level: float,
) -> Numbers | None:
    """The rival that is clearly ahead after as many epochs; None where none is.

    Args:
        losses: Mean loss of each judged row after each epoch.
        values: The goal's metric after each epoch.
        rivals: Other rates.
        greater: Whether a larger metric is better.
        level: Of the interval.
    """
    epoch = len(values)
    for rival in rivals:
        if len(rival.values) < epoch or len(rival.losses[epoch - 1]) != len(losses[-1]):
            continue
        ahead = rival.values[epoch - 1] - values[-1]
        difference = np.subtract(losses[-1], rival.losses[epoch - 1])
        low = _low(difference, level)
        if low > 0 and (ahead if greater else -ahead) >= 0:
            return {
                "epoch": epoch,
                "by": rival.rate,
                "loss_difference": round(float(difference.mean()), 6),
                "low": round(low, 6),
            }
    return None


def _low(difference: np.ndarray[tuple[int, ...], np.dtype[np.float64]], level: float) -> float:
    """The lower end of the mean's interval, by Student's t."""
    rows = len(difference)
    if rows < 2:
        return -math.inf
    error = float(difference.std(ddof=1)) / math.sqrt(rows)
    return float(difference.mean()) - float(stdtrit(rows - 1, (1 + level) / 2)) * error


def _without_rate(configuration: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in configuration.items() if key != RATE}
