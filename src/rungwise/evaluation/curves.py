"""What a training curve does: its numbers, and the one shape they make (R56–R58).

Losses decide whether the fit goes on; the goal's metric decides whether the answers get worse.
The two part more often than not: validation loss rises because the model grows too sure of
its few mistakes, long before it makes more of them (Guo et al. 2017, "On Calibration of
Modern Neural Networks", arXiv:1706.04599). So they are read together.

No smoothing: a curve has one point an epoch and few epochs, and a window would hide the very
turn that is looked for. Gradient norms are not read: mixed precision scales them by any factor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from rungwise.policy import Policy
from rungwise.protocols import DiagnosisContext
from rungwise.records import Epoch, Measurement

Shape = Literal[
    "diverging",
    "unstable",
    "flat",
    "overfitting",
    "overconfident",
    "improving",
    "schedule_ended",
    "converged",
]

DECAYED = 0.75
"""A learning rate below this share of its highest is on its way to zero."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A curve of two epochs or more in numbers; None stands for what cannot be said.

    Attributes:
        shape: The one word for the curve.
        epochs: How many points it has.
        best: Number of the epoch with the lowest validation loss.
        train_first, train_best, train_last: Training loss, nats.
        validation_first, validation_best, validation_last: Validation loss, nats.
        rise: Relative rise of the validation loss from its lowest to its last value.
        gain: Relative improvement of the last epoch over the best before it: of the loss or
            of the metric, whichever gained more; negative where both got worse.
        setbacks: How often the training loss, or the metric, went back and came again.
        metric_first, metric_best, metric_last: The goal's metric in the first epoch, in the
            epoch with the lowest validation loss, and in the last.
        peak: Number of the epoch with the best metric.
        metric_peak: The metric in that epoch.
    """

    shape: Shape
    epochs: int
    best: int
    train_first: float | None
    train_best: float | None
    train_last: float | None
    validation_first: float | None
    validation_best: float | None
    validation_last: float | None
    rise: float | None
    gain: float | None
    setbacks: int
    metric_first: float | None
    metric_best: float | None
    metric_last: float | None
    peak: int | None
    metric_peak: float | None

    def numbers(self) -> dict[str, Any]:
        """What a finding about the curve rests on."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def of(context: DiagnosisContext) -> Reading | None:
    """Read the curve of the attempt; None where it has fewer than two epochs.

    A curve that broke off because a loss was no longer a number ends before it: the attempt
    says so by `diverged` among its details.
    """
    attempt = context.attempt
    curve = read(attempt.curve, context.greater, context.policy, noise(attempt.goal))
    if curve is not None and attempt.details.get("diverged"):
        return replace(curve, shape="diverging")
    return curve


def noise(measurement: Measurement) -> float:
    """Half the width of the interval: what rows drawn anew would change by; infinite if unknown."""
    if measurement.low is None or measurement.high is None:
        return math.inf
    return (measurement.high - measurement.low) / 2


def read(
    curve: Sequence[Epoch], greater: bool, policy: Policy, metric_noise: float = math.inf
) -> Reading | None:
    """Name the shape of a curve, and give the numbers that make it.

    Exactly one shape holds. What would make later questions pointless is asked first: did the
    loss diverge, did it swing, did it move at all, did validation turn, is it still moving?

    Args:
        curve: One point an epoch.
        greater: Whether a larger value of the goal's metric is better.
        policy: `plateau`, `overfit_rise` and `setback`.
        metric_noise: Changes of the metric up to this are chance.
    """
    if len(curve) < 2:
        return None
    train = [epoch.train_loss for epoch in curve]
    validation = [epoch.validation_loss for epoch in curve]
    metric = _metric(curve, greater)
    sound = all(math.isfinite(loss) for loss in train + validation)
    best = _lowest(validation)
    rise = _rise(validation, best, policy.plateau)
    setbacks = max(
        _setbacks(train, policy.setback * abs(train[0])),
        _setbacks([-value for value in metric], metric_noise),
    )
    gain = max(_gain([-loss for loss in validation]), _gain(metric))
    # A head that was fitted first starts near zero: what matters then is where validation started.
    risen = train[-1] - train[0] > policy.plateau * max(train[0], validation[0])
    shape: Shape
    if not sound or risen:
        shape = "diverging"
    elif setbacks >= 2:
        shape = "unstable"
    elif not _moved(train, validation, metric, policy.plateau):
        shape = "flat"
    elif rise > policy.overfit_rise or _fallen(metric, metric_noise) > policy.overfit_rise:
        shape = _after_the_turn(train, metric, best)
    else:
        shape = "improving" if gain > policy.plateau else _at_rest(curve, best, metric)
    sign = 1 if greater else -1
    return Reading(
        shape=shape,
        epochs=len(curve),
        best=curve[best].number,
        train_first=_finite(train[0]),
        train_best=_finite(train[best]),
        train_last=_finite(train[-1]),
        validation_first=_finite(validation[0]),
        validation_best=_finite(validation[best]),
        validation_last=_finite(validation[-1]),
        rise=_finite(rise),
        gain=_finite(gain),
        setbacks=setbacks,
        metric_first=sign * metric[0] if metric else None,
        metric_best=sign * metric[best] if metric else None,
        metric_last=sign * metric[-1] if metric else None,
        peak=curve[metric.index(max(metric))].number if metric else None,
        metric_peak=sign * max(metric) if metric else None,
    )


def _at_rest(curve: Sequence[Epoch], best: int, metric: list[float]) -> Shape:
    """The last epoch brought little: name why.

    Steps that shrink to nothing bring nothing. If the last epoch is nevertheless the best, the
    curve shows where the schedule ended, not where the fit did.
    """
    last = len(curve) - 1
    best_is_last = best == last or (bool(metric) and metric.index(max(metric)) == last)
    rates = [epoch.learning_rate for epoch in curve if epoch.learning_rate is not None]
    decayed = len(rates) == len(curve) and rates[-1] < DECAYED * max(rates)
    return "schedule_ended" if best_is_last and decayed else "converged"


def _after_the_turn(train: list[float], metric: list[float], best: int) -> Shape:
    """Validation has turned: name why."""
    if train[-1] > train[best]:
        return "unstable"  # training turned too, so it is not memorising
    if metric and metric[-1] > metric[best]:
        return "overconfident"
    return "overfitting"


def _metric(curve: Sequence[Epoch], greater: bool) -> list[float]:
    """The goal's metric with larger being better; empty unless every epoch has a finite one."""
    values = [epoch.validation_metric for epoch in curve]
    known = [value for value in values if value is not None and math.isfinite(value)]
    if len(known) < len(curve):
        return []
    return known if greater else [-value for value in known]


def _lowest(losses: list[float]) -> int:
    """Index of the first lowest loss; what is not a number counts as infinite."""
    comparable = [loss if math.isfinite(loss) else math.inf for loss in losses]
    return comparable.index(min(comparable))


def _rise(losses: list[float], best: int, plateau: float) -> float:
    """How far a loss has risen at the end, relative to its lowest value.

    Near zero ratios mean nothing: a loss below `plateau` of where it began counts as that.
    """
    scale = max(abs(losses[best]), plateau * abs(losses[0]))
    return (losses[-1] - losses[best]) / scale if scale else 0.0


def _gain(values: list[float]) -> float:
    """How much the last value, larger being better, improves on the best before it."""
    if len(values) < 2:
        return -math.inf
    before = max(values[:-1])
    return _relative(values[-1] - before, before)


def _fallen(values: list[float], noise: float) -> float:
    """How far the last value lies below the best, relative to the best; a fall by chance is none.

    Where the noise is not known, every fall counts: better asked once too often than missed.
    """
    if not values or (math.isfinite(noise) and max(values) - values[-1] <= noise):
        return 0.0
    return _relative(max(values) - values[-1], max(values))


def _relative(change: float, base: float) -> float:
    return change / abs(base) if base else math.copysign(math.inf, change) if change else 0.0


def _moved(train: list[float], validation: list[float], metric: list[float], least: float) -> bool:
    """Whether training or validation got better at all since the first epoch."""
    falls = [_relative(losses[0] - min(losses), losses[0]) for losses in (train, validation)]
    climbed = _relative(max(metric) - metric[0], metric[0]) if metric else 0.0
    return max(*falls, climbed) > least


def _setbacks(losses: list[float], least: float) -> int:
    """Count the separate rises of a loss by `least` or more.

    Legs between turning points, as in rainflow counting: a rise is over once the loss has
    fallen by as much again, and small wiggles on the way do not end it. The rise at the end of
    an overfitted curve is one; swings make two or more.
    """
    if not losses or not math.isfinite(least) or least <= 0:
        return 0
    count, low, high, rising = 0, losses[0], losses[0], False
    for loss in losses[1:]:
        if rising:
            high = max(high, loss)
            if high - loss >= least:
                rising, low = False, loss
        else:
            low = min(low, loss)
            if loss - low >= least:
                count, rising, high = count + 1, True, loss
    return count


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
