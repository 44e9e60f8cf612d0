"""The threshold of a goal of recall: where the recall is met at the best precision (R54).

Thresholds are taken from the probabilities of rows that the model did not learn from. Which one is
confirmed by the test: choosing among many is optimistic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rungwise.records import TestResult

MOST = 1000
"""Thresholds that are considered at most."""
Low = Callable[[str, int, int], float]
"""`recall` or `precision`, right rows, and all rows that it is about → the low end of its interval.
"""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold, and what the class has there.

    Attributes:
        least: The probability from which the class is answered.
        recall, precision: Their values on the rows that the threshold was taken from.
        recall_low, precision_low: The low ends of their intervals.
    """

    least: float
    recall: float
    precision: float
    recall_low: float
    precision_low: float


def points(
    probability: NDArray[np.float32], positive: NDArray[np.bool_], low: Low, most: int = MOST
) -> list[OperatingPoint]:
    """The points at up to `most` thresholds, from the highest down; [] without a positive row.

    Args:
        probability: Of the class, for each row (n).
        positive: Whether the row is of the class (n).
        low: Low ends of intervals.
        most: Thresholds at most.
    """
    every = int(positive.sum())
    if not every:
        return []
    order = np.argsort(-probability, kind="stable")
    sure, hits = probability[order], np.cumsum(positive[order])
    ends = np.flatnonzero(np.append(sure[1:] < sure[:-1], True))
    chosen = np.unique(np.linspace(0, len(ends) - 1, min(most, len(ends))).round().astype(int))
    found = []
    for end in ends[chosen].tolist():
        right, answered = int(hits[end]), end + 1
        found.append(
            OperatingPoint(
                float(sure[end]), right / every, right / answered,
                low("recall", right, every), low("precision", right, answered),
            )
        )  # fmt: skip
    return found


def chosen_point(
    found: list[OperatingPoint], target: float, precision: float | None
) -> OperatingPoint | None:
    """The point that decides the label; None if there is none to choose from.

    The best precision among the points whose recall clears the target with its interval, else by
    its value. If a precision is asked for that is not reached there, the precision comes first: the
    best recall among the points that have it with its interval, else by its value. If no point has
    it, the class is answered to none of these rows. So what falls short is the recall, which the
    goal is about.
    """
    if not found:
        return None
    clear = [one for one in found if one.recall_low >= target]
    clear = clear or [one for one in found if one.recall >= target]
    best = max(clear, key=_by_precision, default=None)
    if best is not None and (precision is None or best.precision_low >= precision):
        return best
    if precision is None:
        return max(found, key=_by_recall)
    exact = [one for one in found if one.precision_low >= precision]
    exact = exact or [one for one in found if one.precision >= precision]
    return max(exact, key=_by_recall, default=_above(found))


def precision_there(result: TestResult) -> str:
    """The threshold of a goal of recall, and the precision on the test; "" for other goals."""
    rule = result.rule
    if rule is None or rule.least is None:
        return ""
    from rungwise.evaluation.wording import measured

    name = f"precision[{rule.label}]"
    found = next((one for one in result.per_class if one.metric == name), None)
    told = f": {measured(found)}" if found is not None else ""
    return f"{rule.label} is answered from a probability of {rule.least:.3f} on{told}."


def _above(found: list[OperatingPoint]) -> OperatingPoint:
    """The threshold above every probability, from which no row is answered with the class."""
    highest = np.float32(max(one.least for one in found))
    return OperatingPoint(float(np.nextafter(highest, np.float32(2))), 0.0, 0.0, 0.0, 0.0)


def _by_precision(one: OperatingPoint) -> tuple[float, float]:
    return one.precision, one.recall


def _by_recall(one: OperatingPoint) -> tuple[float, float]:
    return one.recall, one.precision
