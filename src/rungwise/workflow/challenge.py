"""Champion against challenger on fresh rows that neither has learnt from, paired (R75).

Rows that were drawn by the champion's doubts favour any challenger, so they count by the inverse
probability of their draw.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.evaluation.answers import Answers, answers
from rungwise.evaluation.metrics import Metric
from rungwise.evaluation.paired import aligned
from rungwise.evaluation.paired import compare as paired
from rungwise.monitoring.challenger import CHANCE, Challenge, challenge, labels_needed
from rungwise.policy import Policy
from rungwise.refreshed import Compared
from rungwise.table import Predictions

Floats = NDArray[np.float64]
RIGHT = "share of right answers"
ROWS = 256
"""Rows whose scores are read at once."""
DISAGREEMENT = 0.15
"""Share of requests on which two versions are taken to disagree before one was measured."""


def compared(
    metric: Metric,
    expected: pl.Series,
    champion: Predictions,
    challenger: Predictions,
    weight: Floats | None,
    policy: Policy,
) -> Compared:
    """Compare both answers to the same rows, once.

    A metric that is no mean over rows, such as macro F1 or BLEU, is compared as such if all rows
    weigh the same; any other by what each row scores.

    Args:
        metric: The goal's metric.
        expected: Right answers (rows).
        champion: Answers of the release in production, in the order of `expected`.
        challenger: Answers of the new one to the same ids.
        weight: Inverse probability of each draw (rows); None if all are alike.
        policy: Resamples and seed of an interval by resampling.
    """
    first, second = answers(expected, champion, aligned(challenger, champion.ids))
    before, after = _scores(metric, first), _scores(metric, second)
    known = ~(np.isnan(before) | np.isnan(after))
    before, after = before[known], after[known]
    mine = None if weight is None else weight[known] / weight[known].mean()
    if mine is not None and np.allclose(mine, 1):
        mine = None
    found = challenge(before, after, mine)
    by_rows = metric.of_rows is not None or metric.share
    if not by_rows and mine is None:
        return _by_metric(metric, expected, champion, challenger, found, policy)
    name = metric.name if by_rows or metric.of_texts is not None else RIGHT
    return Compared(
        metric=name,
        gain=found.gain,
        low=found.low,
        p_value=found.p_value,
        rows=found.labels,
        won=found.won,
        lost=found.lost,
        weighted=mine is not None,
        better=found.better,
        needed=None
        if found.better
        else _needed(found.gain, (found.won + found.lost) / found.labels),
    )


def labels_for(gain: float) -> int:
    """Fresh rows with which a challenger that is better by this much is proposed, as a plan.

    Args:
        gain: In right answers, 0 to 1.
    """
    least = min(max(gain, 0.01), 1.0)
    return labels_needed(max(DISAGREEMENT, least), least)


def _scores(metric: Metric, given: Answers) -> Floats:
    """What each row scores, 0 to 1; NaN for a row that the metric leaves out."""
    if metric.of_rows is None and metric.of_texts is not None:
        prepared, rows = metric.of_texts(given), len(given)
        alone = (
            prepared(np.eye(rows, min(ROWS, rows - start), -start))
            for start in range(0, rows, ROWS)
        )
        scores = np.concatenate(list(alone)).astype(np.float64)
        return scores if metric.greater else -scores
    if metric.of_rows is None:
        return np.asarray(given.expected == given.outputs, dtype=np.float64)
    scores = np.asarray(metric.of_rows(given), dtype=np.float64)
    return scores if metric.greater else -scores


def _by_metric(
    metric: Metric,
    expected: pl.Series,
    champion: Predictions,
    challenger: Predictions,
    found: Challenge,
    policy: Policy,
) -> Compared:
    """By the goal's metric, with the one-sided interval of `CHANCE` from paired resamples."""
    one_sided = policy.model_copy(update={"confidence": 1 - 2 * CHANCE})
    said = paired(metric, expected, champion, challenger, one_sided)
    p_value = said.p_value / 2 if said.difference > 0 else 1 - said.p_value / 2
    return Compared(
        metric=metric.name,
        gain=said.difference,
        low=said.low,
        p_value=p_value,
        rows=said.rows,
        won=found.won,
        lost=found.lost,
        weighted=False,
        better=said.low > 0,
        needed=said.rows_to_settle if said.difference > 0 and said.low <= 0 else None,
    )


def _needed(gain: float, disagreement: float) -> int | None:
    if not 0 < gain <= disagreement:
        return None
    return labels_needed(min(disagreement, 1.0), gain)
