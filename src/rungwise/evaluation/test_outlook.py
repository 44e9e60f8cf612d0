"""What the test part can show about the goal, said while shares can still be moved (R9, C3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rungwise.evaluation import figures
from rungwise.evaluation.confirmation import (
    chance_to_confirm,
    confirmed_from,
    fewest_right,
    fewest_rows,
    rows_to_confirm,
)
from rungwise.evaluation.metrics import Metric
from rungwise.evaluation.shares import is_share

NEAR, CLEAR = 0.01, 0.03
"""How far above the target a model is supposed to be truly: just, and clearly; never more than
half of the error that the target leaves."""
LIKELY = 0.8
BOUNDED_MEANS = frozenset(
    {"answer_f1", "rouge_l", "json_f1", "json_precision", "json_recall", "weighted_f1"}
)
"""Means over rows of scores from 0 to 1: they vary at most as much as a share of that value."""
BALANCED = frozenset({"balanced_accuracy", "macro_f1"})


@dataclass(frozen=True, slots=True)
class Base:
    """The share that a metric is, or is treated as.

    Attributes:
        rows: Rows that it is a share of, in this test part.
        of: What these rows are, such as `test rows of 'toxic'`.
        weight: Rows of a plain share that one of them is worth.
        approximation: Why the metric is no plain share; "" where it is.
        is_f1: It is the F1 of a class, which follows from a share J: F1 = 2 J / (1 + J).
    """

    rows: int
    of: str = "test rows"
    weight: float = 1.0
    approximation: str = ""
    is_f1: bool = False

    @property
    def worth(self) -> int:
        """Rows of a plain share that say as much."""
        return round(self.rows * self.weight)

    def share(self, value: float) -> float:
        """The share at a value of the metric."""
        return value / (2 - value) if self.is_f1 else value

    def value(self, share: float) -> float:
        """The metric at a share."""
        return 2 * share / (1 + share) if self.is_f1 else share


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a test part of this size says about the target; `numbers` are JSON types."""

    sentences: tuple[str, ...]
    numbers: Mapping[str, object]


def outlook(
    metric: Metric, target: float, rows: int, labels: Mapping[str, int], level: float
) -> Outlook:
    """Tell what `rows` test rows can confirm.

    Args:
        metric: The goal's.
        target: What it should reach.
        rows: Rows of the test part.
        labels: Label → rows, where the test part comes from; empty if texts are generated.
        level: Coverage of the interval that must clear the target.
    """
    base = base_of(metric, target, rows, labels)
    if base is None or not 0 < target < 1:
        told = (
            f"How many test rows {metric.name} needs cannot be told before something is measured: "
            "its interval depends on the scores."
        )
        return Outlook((told,) if base is None else (), {"rows": rows, "base": None})
    sought = base.share(target)
    right = fewest_right(base.worth, sought, level)
    near, clear = supposed(target, NEAR), supposed(target, CLEAR)
    needed = {
        chance: round(rows_to_confirm(sought, base.share(near), chance, level) / base.weight)
        for chance in (0.5, LIKELY)
    }
    start = confirmed_from(base.worth, sought, LIKELY, level)
    numbers = {
        "rows": rows, "base": base.rows, "worth": base.worth, "of": base.of,
        "exact": not base.approximation, "target": target, "right": right,
        "least": math.ceil(fewest_rows(sought, level) / base.weight),
        "near": near, "rows_for_even": needed[0.5], "rows_for_four_in_five": needed[LIKELY],
        "chance_near": chance_to_confirm(base.worth, sought, base.share(near), level),
        "clear": clear,
        "chance_clear": chance_to_confirm(base.worth, sought, base.share(clear), level),
        "likely_from": None if start is None else base.value(start),
    }  # fmt: skip
    told = f"{_confirmed(metric, target, base, right, numbers)} {_likely(metric, base, numbers)}"
    note = f"An approximation: {base.approximation}." if base.approximation else ""
    return Outlook((f"{told} {note}".strip(),), numbers)


def supposed(target: float, margin: float) -> float:
    """A true value above the target: by the margin, or by half of what is left to 1."""
    return target + min(margin, (1 - target) / 2)


def base_of(metric: Metric, target: float, rows: int, labels: Mapping[str, int]) -> Base | None:
    """The share that a metric is nearest to; None where there is none worth the name."""
    if not metric.greater or metric.needs_scores or (metric.low, metric.high) != (0.0, 1.0):
        return None
    if metric.label is not None:
        mine = round(rows * labels.get(metric.label, 0) / max(1, sum(labels.values())))
        return _of_class(metric, target, mine)
    if metric.share or is_share(metric):
        return Base(rows)
    if metric.name in BALANCED:
        return Base(
            rows,
            weight=_balance(rows, labels),
            approximation=f"{metric.name} counts every class alike, so rare classes decide",
        )
    if metric.name in BOUNDED_MEANS or metric.of_rows is not None:
        return Base(rows, approximation=f"{metric.name} is taken as a share of right rows")
    return None


def _of_class(metric: Metric, target: float, rows: int) -> Base:
    kind, of = metric.name.partition("[")[0], f"test rows of {metric.label!r}"
    if kind == "recall":
        return Base(rows, of)
    if kind == "precision":
        return Base(rows, of, approximation="it takes as many rows to be answered so as are so")
    # Of n rows of the class and n answered with it, 2 n / (1 + J) are either.
    weight = 2 / (1 + target / (2 - target))
    approximation = "it takes as many rows to be answered so as are so"
    return Base(rows, of, weight, approximation, is_f1=True)


def _balance(rows: int, labels: Mapping[str, int]) -> float:
    """How much a row says about a mean over classes, against a mean over rows: at most 1.

    The mean of K shares of n_k rows each varies as one share of K² / Σ 1 / n_k rows does.
    """
    total = sum(labels.values())
    expected = [max(1.0, rows * count / total) for count in labels.values()]
    return min(1.0, len(expected) ** 2 / sum(1 / count for count in expected) / max(1, rows))


def _confirmed(
    metric: Metric, target: float, base: Base, right: int | None, numbers: Mapping[str, object]
) -> str:
    asked = f"{metric.name} of at least {figures.goal(target, metric.name)}"
    have = f"With {'about ' * (base.of != 'test rows')}{base.rows:,} {base.of}, {asked}"
    if right is None:
        return (
            f"{have} cannot be confirmed, not even without a mistake: that takes at least "
            f"{numbers['least']:,}."
        )
    if base.approximation:
        value = figures.figure(base.value(right / base.worth), metric.name, base.rows, target)
        return f"{have} can be confirmed only by a test value of about {value} or more."
    if right == base.rows:
        return f"{have} can be confirmed only if all {right:,} are right."
    share = figures.figure(right / base.rows, metric.name, base.rows, target)
    return f"{have} can be confirmed only if {right:,} of them are right ({share})."


def _likely(metric: Metric, base: Base, numbers: Mapping[str, object]) -> str:
    near = _true(numbers["near"], metric, base)
    told = (
        f"At a true {near} it takes about {_about(numbers['rows_for_even'])} {base.of} for an even "
        f"chance, {_about(numbers['rows_for_four_in_five'])} for four in five"
    )
    start = numbers["likely_from"]
    if start is None:
        return f"{told}."
    return (
        f"{told}; these confirm it four times in five from a true {_true(start, metric, base)} on."
    )


def _true(value: object, metric: Metric, base: Base) -> str:
    """A true value, with the digits that tell it from 1."""
    assert isinstance(value, float), "a value of the metric"
    digits = max(3, 1 - math.floor(math.log10(max(1e-9, 1 - value))))
    return figures.goal(round(value, digits + (base.rows >= figures.MANY)), metric.name)


def _about(rows: object) -> str:
    """Rows to about one percent: what is known of the chance is no finer."""
    assert isinstance(rows, int), "a number of rows"
    step = 25 if rows >= 1_000 else 5 if rows >= 100 else 1
    step = max(step, 10 ** (len(str(rows)) - 3)) if rows >= 10_000 else step
    return f"{round(rows / step) * step:,}"
