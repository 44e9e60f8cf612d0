"""One epoch of training in a line: losses, the goal's metric, and how long it may still take."""

from __future__ import annotations

from collections.abc import Sequence

from rungwise.evaluation.figures import figure
from rungwise.progress import clock
from rungwise.records import Epoch


def epoch_line(curve: Sequence[Epoch], epochs: int, metric: str) -> str:
    """The last epoch of a curve in one line.

    Args:
        curve: The epochs so far.
        epochs: How many there are at most; early stopping may end before.
        metric: Name of the goal's metric.
    """
    last = curve[-1]
    value = last.validation_metric
    reached = f", {metric} {figure(value, metric, 0)}" if value is not None else ""
    remaining = (epochs - last.number) * sum(epoch.seconds for epoch in curve) / len(curve)
    left = f", at most {clock(remaining)} left" if last.number < epochs else ""
    return (
        f"    epoch {last.number} of {epochs}: loss {last.train_loss:.4f} in training, "
        f"{last.validation_loss:.4f} on validation{reached}, {last.seconds:.1f} s{left}"
    )
