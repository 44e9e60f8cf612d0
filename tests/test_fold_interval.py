"""Intervals of cross-validated numbers: they hold for the model trained on all rows (R11, C3)."""

from __future__ import annotations

import polars as pl
import pytest
from tests.made_answers import expected, predicted

from rungwise.evaluation.intervals import measure
from rungwise.evaluation.metrics import find
from rungwise.policy import Policy

POLICY = Policy(resamples=400)


def test_folds_are_told_if_and_only_if_rows_were_answered_out_of_fold() -> None:
    truth, outputs = expected(["a", "b"] * 10), predicted(["a", "a"] * 10)
    fold = pl.Series("fold", [0, 1, 2, 3, 4] * 4, dtype=pl.Int8)
    metric = find("accuracy")
    assert measure(metric, truth, outputs, "folds", POLICY, fold).on == "folds"
    with pytest.raises(ValueError, match="if and only if"):
        measure(metric, truth, outputs, "folds", POLICY)
    with pytest.raises(ValueError, match="if and only if"):
        measure(metric, truth, outputs, "validation", POLICY, fold)
    with pytest.raises(ValueError, match="19 rows of 20 have a fold"):
        measure(metric, truth, outputs, "folds", POLICY, fold.head(19))
