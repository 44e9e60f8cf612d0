"""Two models on the same rows: how much better is the second, and is it chance?

Both models are resampled together, so what the rows have in common cancels out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rungwise.evaluation.answers import Answers, answers
from rungwise.evaluation.bootstrap_intervals import percentiles
from rungwise.evaluation.fold_interval import fold_difference, fold_p_value
from rungwise.evaluation.label_metrics import Floats, count
from rungwise.evaluation.mcnemar import exact_difference, mcnemar
from rungwise.evaluation.metrics import Metric
from rungwise.evaluation.proportions import rows_to_settle
from rungwise.evaluation.resampling import cells, drawn_cells, drawn_rows
from rungwise.notebook import Shown
from rungwise.policy import Policy
from rungwise.table import Predictions


@dataclass(frozen=True, slots=True)
class Comparison(Shown):
    """How much better `b` is than `a` on the same rows; positive is better, whatever the metric.

    Attributes:
        difference: Of the metric's values, in its unit.
        low, high: Its interval at the policy's confidence.
        relative_gain: Difference over the size of a's value; None where that is 0.
        error_reduction: Difference over a's distance from perfect (C1); None where the metric
            has no best value, or `a` has it already.
        p_value: Two-sided; exact McNemar for accuracy, else from the bootstrap.
        rows: Rows compared.
        rows_to_settle: Rows at which the interval would exclude zero at this difference; None
            where the difference is zero.
    """

    difference: float
    low: float
    high: float
    relative_gain: float | None
    error_reduction: float | None
    p_value: float
    rows: int
    rows_to_settle: int | None

    @property
    def settled(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0 or self.high < 0


def compare(
    metric: Metric,
    expected: pl.Series,
    a: Predictions,
    b: Predictions,
    policy: Policy,
    fold: pl.Series | None = None,
) -> Comparison:
    """Compare b with a; rows of b are matched to those of a by id.

    Args:
        metric: What is compared.
        expected: Expected labels, in the order of `a`.
        a: The reference.
        b: What should be better.
        policy: `confidence`, `resamples` and `seed`.
        fold: The fold of each row, in the order of `a`, if both answered out of fold. The interval
            then holds for the two models that are trained on all rows.

    Raises:
        DataError: The metric needs probabilities that one of them lacks.
        ValueError: The two are not about the same rows.
    """
    first, second = answers(expected, a, aligned(b, a.ids))
    sign = 1 if metric.greater else -1
    value = metric.of(first)
    difference = sign * (metric.of(second) - value)
    before, after = paired_values(metric, first, second, policy)
    drawn = sign * (after - before)
    low, high = percentiles(drawn, policy.confidence)
    p_value = _share_beyond_zero(drawn)
    if metric.name == "accuracy":
        won, lost = _discordant(first, second)
        p_value = mcnemar(won, lost)
        exact = exact_difference(won, lost, len(first), policy.confidence)
        low, high = min(low, exact[0]), max(high, exact[1])
    if fold is not None:
        folds = fold.n_unique()
        low, high = fold_difference(metric, difference, low, high, folds)
        p_value = fold_p_value(p_value, folds)
    room = None if metric.best is None else abs(metric.best - value)
    return Comparison(
        difference=difference,
        low=low,
        high=high,
        relative_gain=difference / abs(value) if value else None,
        error_reduction=difference / room if room else None,
        p_value=p_value,
        rows=len(first),
        rows_to_settle=rows_to_settle(difference, low, high, len(first), 0.0),
    )


def difference(
    metric: Metric, rows: pl.DataFrame, a: Predictions, b: Predictions, policy: Policy
) -> tuple[float, float]:
    """How much better b is than a on the rows they share, and the paired standard error of that.

    Args:
        metric: What is compared; positive is better, whatever its direction.
        rows: `id` and `expected` of every row that either may have answered.
        a: The reference.
        b: What may be better.
        policy: `resamples` and `seed`.

    Raises:
        DataError: The metric needs probabilities that one of them lacks.
        ValueError: They share no row.
    """
    both = rows.filter(pl.col("id").is_in(a.ids.implode()) & pl.col("id").is_in(b.ids.implode()))
    kept = [one.where(one.ids.is_in(both["id"].implode())) for one in (a, b)]
    first, second = answers(both["expected"], *(aligned(one, both["id"]) for one in kept))
    before, after = paired_values(metric, first, second, policy)
    sign = 1 if metric.greater else -1
    drawn = (after - before)[~np.isnan(after - before)]
    return float(sign * (metric.of(second) - metric.of(first))), float(np.std(drawn))


def paired_values(
    metric: Metric, first: Answers, second: Answers, policy: Policy
) -> tuple[Floats, Floats]:
    """The metric of both on the same resamples (resamples,)."""
    pieces: list[tuple[Floats, Floats]] = []
    if metric.of_counts is not None:
        places, sizes = cells(first.expected, first.outputs, second.outputs)
        one, other = first.take(places), second.take(places)
        for weights in drawn_cells(sizes, policy):
            before, after = count(one, weights), count(other, weights)
            pieces.append((metric.of_counts(before), metric.of_counts(after)))
    else:
        of_first, of_second = metric.prepare(first), metric.prepare(second)
        for drawn in drawn_rows(len(first), policy):
            pieces.append((of_first(drawn), of_second(drawn)))
    return (
        np.concatenate([before for before, _ in pieces]),
        np.concatenate([after for _, after in pieces]),
    )


def aligned(predictions: Predictions, ids: pl.Series) -> Predictions:
    """The same predictions in the order of `ids`.

    Raises:
        ValueError: An id is absent, repeated or superfluous.
    """
    if predictions.ids.equals(ids):
        return predictions
    place = {name: row for row, name in enumerate(predictions.ids.to_list())}
    if len(place) != len(predictions) or len(place) != len(ids) or not set(ids) <= set(place):
        raise ValueError("the two sets of predictions are not about the same rows")
    order = np.array([place[name] for name in ids.to_list()])
    scores = predictions.scores[order] if predictions.scores is not None else None
    return Predictions(ids, predictions.outputs.gather(order), scores, predictions.classes)


def _discordant(first: Answers, second: Answers) -> tuple[int, int]:
    """Rows that only the second has right, and rows that only the first has right."""
    before, after = first.outputs == first.expected, second.outputs == second.expected
    return int((after & ~before).sum()), int((before & ~after).sum())


def _share_beyond_zero(drawn: Floats) -> float:
    """Achieved significance of the bootstrap: twice the smaller tail at zero, never 0."""
    defined = drawn[~np.isnan(drawn)]
    tail = min((defined <= 0).sum(), (defined >= 0).sum())
    return float(min(1.0, 2 * (tail + 1) / (len(defined) + 1)))
