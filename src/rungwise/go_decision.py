"""The record of a go decision (R70, C9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rungwise.records import Measurement, TestResult


@dataclass(frozen=True, slots=True)
class Go:
    """A named person accepted what the test left open; on record for ever.

    It is bound to what was read: this attempt, this look at the test part, this target and these
    questions.

    Attributes:
        attempt: Id of the attempt that was tested.
        data: The split whose test part was opened.
        unseal: Which look at it.
        goal: What that look said.
        target: Of the goal, at that time.
        greater: Whether a larger value of the metric is better.
        below_target: Whether the test value misses the target.
        typed: The accepted end of the interval, as the person typed it.
        accepted: Gate → the reason of its inconclusive verdict, as it was read.
    """

    attempt: str
    data: str
    unseal: int
    goal: Measurement
    target: float
    greater: bool
    below_target: bool
    typed: str
    accepted: Mapping[str, str]
    name: str
    role: str
    reason: str
    time: str

    def is_about(self, test: TestResult | None, target: float) -> bool:
        """Whether it was given for this test and this target."""
        return (
            test is not None
            and (self.attempt, self.data, self.unseal) == (test.attempt, test.data, test.unseal)
            and self.target == target
        )


def worst_end(goal: Measurement, *, greater: bool) -> float:
    """The end of the interval that a go decision accepts: the low one, or the high one where
    smaller is better; the value where there is no interval."""
    end = goal.low if greater else goal.high
    return goal.value if end is None else end
