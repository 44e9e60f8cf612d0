"""Canary questions: does an endpoint still answer as it did when the programme began?

The same few questions are asked when a programme begins, several times, and then once a week. A
vendor may change the model behind an endpoint without a word; a model that samples answers
differently from one time to the next all the same. So what counts is how many answers differ from
the first ones, against how many differed among the repeats at the beginning: the evidence is that
of an urn (`foreign_rows.urn_evidence`). Some questions have answers that vary more than others;
their sum then varies less than the urn allows for, so the evidence errs on the safe side
(simulated in `tests/test_canary.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rungwise.monitoring.foreign_rows import urn_evidence

QUESTIONS = 25
REPEATS = 3
"""Times that they are asked when a programme begins; all others are compared with the first."""


def differing(answers: Sequence[str | None], first: Sequence[str | None]) -> tuple[int, int]:
    """Answers that differ from the first ones but for white space and case, and pairs compared.

    A question without an answer at either time is not compared: an endpoint that fails is no other
    model.

    Raises:
        ValueError: The numbers of answers differ.
    """
    if len(answers) != len(first):
        raise ValueError(f"{len(answers)} answers cannot be compared with {len(first)}")
    pairs = [
        (" ".join(one.split()).casefold(), " ".join(other.split()).casefold())
        for one, other in zip(answers, first, strict=True)
        if one is not None and other is not None
    ]
    return sum(one != other for one, other in pairs), len(pairs)


def canary_evidence(
    repeats: Sequence[tuple[int, int]], weeks: Sequence[tuple[int, int]]
) -> NDArray[np.float64]:
    """Highest evidence until each week that more answers differ than among the repeats (weeks,).

    Args:
        repeats: Differing answers and compared pairs of each repeat at the beginning.
        weeks: The same of each week since, in order; (0, 0) for a week without an answer.

    Raises:
        ValueError: There is no repeat with an answer.
    """
    known = sum(pairs for _, pairs in repeats)
    if not known:
        raise ValueError("needs repeats with answers")
    if not weeks:
        return np.empty(0)
    level = 1 + sum(count for count, _ in repeats)
    far = np.array([count for count, _ in weeks], np.int64)
    rows = np.array([pairs for _, pairs in weeks], np.int64)
    return np.maximum.accumulate(urn_evidence(far, rows, min(level, known), known))
