"""Expected and predicted labels as numbers, aligned: what every metric is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.errors import DataError
from rungwise.table import Predictions

Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Answers:
    """Labels as codes, one a row.

    Attributes:
        labels: Every label seen or known, sorted; a code is a place in it.
        expected: Codes (n).
        outputs: Codes (n); -1 where a system gave no answer, which is never right.
        scores: Probabilities (n, classes), or None.
        classes: The label of each column of `scores`.
        ids: The rows' ids (n), or None where they are not told apart.
    """

    labels: tuple[str, ...]
    expected: Integers
    outputs: Integers
    scores: NDArray[np.float32] | None
    classes: tuple[str, ...]
    ids: pl.Series | None = None

    def __len__(self) -> int:
        return len(self.expected)

    def take(self, places: Integers) -> Answers:
        """Some of the rows, labels only."""
        return Answers(self.labels, self.expected[places], self.outputs[places], None, self.classes)


def answers(expected: pl.Series, *predictions: Predictions) -> tuple[Answers, ...]:
    """Encode predictions about the same rows, in the order of `expected`, with common codes.

    Raises:
        DataError: A score is not a number.
        ValueError: The lengths differ, or an expected label is missing.
    """
    if len(expected) == 0:
        raise ValueError("there are no rows to measure on")
    if expected.null_count():
        raise ValueError("an expected label is missing: such rows belong in quarantine")
    if any(len(one) != len(expected) for one in predictions):
        raise ValueError("expected labels and predictions have different lengths")
    seen = set(expected.unique().to_list())
    for one in predictions:
        seen |= {label for label in one.outputs.unique().to_list() if label is not None}
        seen |= set(one.classes)
    labels = tuple(sorted(seen))
    codes = _encode(expected, labels)
    return tuple(
        Answers(labels, codes, _encode(one.outputs, labels), _scores(one), one.classes, one.ids)
        for one in predictions
    )


def _encode(column: pl.Series, labels: tuple[str, ...]) -> Integers:
    physical = column.cast(pl.Enum(labels)).to_physical().cast(pl.Int64).fill_null(-1)
    return physical.to_numpy().astype(np.intp)


def _scores(predictions: Predictions) -> NDArray[np.float32] | None:
    scores = predictions.scores
    if scores is None:
        return None
    if scores.shape != (len(predictions), len(predictions.classes)):
        raise ValueError(f"scores have the shape {scores.shape}")
    broken = np.flatnonzero(np.isnan(scores).any(axis=1))
    if len(broken):
        row = predictions.ids[int(broken[0])]
        raise DataError(
            f"The scores of row {row} are not numbers ({len(broken)} such rows)",
            "Look for a diverged training run, or repair the file they were read from.",
        )
    return scores
