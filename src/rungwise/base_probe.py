"""What a base model said right of a few rows, before it was asked all of them (R59)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether a base model that was trained no further says anything right about a task (R59).

    Attributes:
        data, model: The split, and `name@digest` of the base.
        rows: Rows that were asked.
        right: Rows whose content was right under the best of `ways`, whatever their form.
        low, high: Interval of their share.
        cut: Rows that were cut under that way before anything wrong was said.
        ways: How they were asked → rows that were right.
        prompt_tokens, output_tokens: Of one call, the most of all ways; None where not counted.
        seconds: Of all together.
        far, reason: Whether the base is far from the task, and that in a sentence.
    """

    data: str
    model: str
    rows: int
    right: int
    low: float
    high: float
    cut: int
    ways: Mapping[str, int]
    prompt_tokens: float | None
    output_tokens: float | None
    seconds: float
    far: bool
    reason: str
