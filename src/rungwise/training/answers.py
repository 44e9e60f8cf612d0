"""From labels to class indices, and from probabilities back to labels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from rungwise.decision_rule import Decided, DecisionRule
from rungwise.table import Predictions

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


def indices(expected: pl.Series, classes: tuple[str, ...]) -> Tensor:
    """Place of each label in `classes`, int64 (rows)."""
    import torch

    places = dict(zip(classes, range(len(classes)), strict=True))
    return torch.tensor(expected.replace_strict(places, return_dtype=pl.Int64).to_numpy().copy())


def of(ids: pl.Series, scores: NDArray[np.float32], classes: tuple[str, ...]) -> Predictions:
    """The most probable class of each row (rows, classes); among equals the first."""
    best = pl.Series(scores.argmax(1) if len(scores) else np.empty(0, np.int64))
    outputs = pl.Series("output", classes, pl.String).gather(best)
    return Predictions(ids, outputs, scores, classes)


def of_decided(ids: pl.Series, decided: Decided, classes: tuple[str, ...]) -> Predictions:
    """The answers of a decision rule (rows)."""
    outputs = pl.Series("output", classes, pl.String).gather(pl.Series(decided.labels))
    review = None if decided.review is None else pl.Series("review", decided.review)
    return Predictions(ids, outputs, decided.probabilities, classes, review=review)


def by_rule(
    given: Predictions, rule: DecisionRule, distances: NDArray[np.float32] | None = None
) -> Predictions:
    """What a rule makes of answers with probabilities; a row without an answer stays without.

    Args:
        given: Answers (n) as a model gives them, before any threshold.
        rule: The rule.
        distances: Of each row to the reference of the release (n), or None.
    """
    if given.scores is None:
        return given
    decided = rule.decide(rule.calibrated(given.scores), given.classes, None, distances)
    made = of_decided(given.ids, decided, given.classes)
    outputs = pl.select(pl.when(given.outputs.is_not_null()).then(made.outputs)).to_series()
    return replace(made, outputs=outputs, written=given.written)
