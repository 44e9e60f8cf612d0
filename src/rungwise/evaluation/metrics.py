"""The metrics a goal can name, by name, with their range and direction (R2, R3)."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl

from rungwise.errors import DataError, TaskError
from rungwise.evaluation import label_metrics, ranking_metrics, score_metrics, text_metrics
from rungwise.evaluation.answers import Answers, answers
from rungwise.evaluation.label_metrics import Counts, Floats
from rungwise.evaluation.own_code import FUNCTION
from rungwise.evaluation.score_metrics import Prepared
from rungwise.evaluation.target_range import outside
from rungwise.evaluation.tokenisation import of_tokenizer
from rungwise.table import Predictions


@dataclass(frozen=True, slots=True)
class Metric:
    """One number about predictions.

    Attributes:
        name: As the task writes it, such as `macro_f1` or `recall[damaged]`.
        greater: Whether a larger value is better: the goal is `--min`, else `--max`.
        low: Smallest possible value, None where unbounded.
        high: Largest possible value, None where unbounded.
        label: The class it is about, or None.
        assumption: An inferred default to say aloud, or "".
        of_counts: For metrics of labels: counts → values.
        of_scores: For metrics of probabilities: answers → a function of row weights.
        of_texts: For metrics of generated texts: the same.
        of_rows: Where it is the mean of what each row scores: answers → scores (n), NaN for a row
            that is left out.
        share: It is the share of the rows that are right, so Wilson's interval holds.
        definition: Digest of what its name does not say, such as a schema; "" where it says all.
        scoring: How rows are scored, if that was different once or is chosen: attempts on record
            that say otherwise are scored again from their answers.
        applies: Whether it tells anything beside another goal; None if it always does.
    """

    name: str
    greater: bool
    low: float | None
    high: float | None
    label: str | None = None
    assumption: str = ""
    of_counts: Callable[[Counts], Floats] | None = None
    of_scores: Callable[[Answers], Prepared] | None = None
    of_texts: Callable[[Answers], Prepared] | None = None
    of_rows: Callable[[Answers], Floats] | None = None
    share: bool = False
    definition: str = ""
    scoring: str = ""
    applies: Callable[[Answers], bool] | None = None

    @property
    def needs_scores(self) -> bool:
        """Whether labels alone are not enough."""
        return self.of_scores is not None

    @property
    def best(self) -> float | None:
        """The best possible value, None where there is none."""
        return self.high if self.greater else self.low

    @property
    def worst(self) -> float | None:
        """The worst possible value, None where there is none."""
        return self.low if self.greater else self.high

    def value(self, expected: pl.Series, predictions: Predictions) -> float:
        """The metric of predictions about rows in the order of `expected`.

        Raises:
            DataError: It needs probabilities and there are none, or all rows have one label
                and it compares labels.
        """
        return self.of(answers(expected, predictions)[0])

    def rows(self, given: Answers) -> int:
        """How many rows it is about: all, but for those that it leaves out."""
        if self.of_rows is None:
            return len(given)
        return int((~np.isnan(self.of_rows(given))).sum())

    def of(self, given: Answers) -> float:
        """The metric of encoded answers; raises as `value` does."""
        if self.of_counts is not None:
            return float(self.of_counts(label_metrics.count(given))[0])
        value = float(self.prepare(given)(np.ones((len(given), 1)))[0])
        if math.isnan(value) and self.of_texts is not None:
            raise DataError(
                f"{self.name} is undefined: it leaves out all of these {len(given)} rows",
                "Choose another metric.",
            )
        if math.isnan(value):
            raise DataError(
                f"{self.name} is undefined on these {len(given)} rows: it compares classes, and "
                "no class known to the model has rows both in it and outside it",
                "Add rows of another class, or choose accuracy.",
            )
        return value

    def prepare(self, given: Answers) -> Prepared:
        """The metric as a function of row weights; raises `DataError` without scores."""
        if self.of_texts is not None:
            return self.of_texts(given)
        assert self.of_scores is not None, f"{self.name} is a metric of labels"
        if given.scores is None:
            raise DataError(
                f"{self.name} needs probabilities, and these predictions are labels alone",
                "Choose a metric of labels, such as accuracy or macro_f1.",
            )
        return self.of_scores(given)


def _label(name: str, function: Callable[[Counts], Floats], low: float = 0.0) -> Metric:
    return Metric(name, True, low, 1.0, of_counts=function)


def _score(
    name: str, greater: bool, high: float | None, function: Callable[[Answers], Prepared]
) -> Metric:
    return Metric(name, greater, 0.0, high, of_scores=function)


PLAIN: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        _label("accuracy", label_metrics.accuracy),
        _label("balanced_accuracy", label_metrics.balanced_accuracy),
        _label("macro_f1", label_metrics.macro_f1),
        _label("micro_f1", label_metrics.micro_f1),
        _label("weighted_f1", label_metrics.weighted_f1),
        _label("mcc", label_metrics.mcc, low=-1.0),
        _score("roc_auc", True, 1.0, ranking_metrics.roc_auc),
        _score("average_precision", True, 1.0, ranking_metrics.average_precision),
        _score("log_loss", False, None, score_metrics.log_loss),
        _score("expected_calibration_error", False, 1.0, score_metrics.expected_calibration_error),
    )
}
PAIRED = "items paired, numbers by value"
TEXTS: dict[str, Metric] = {
    name: Metric(name, True, 0.0, 1.0, of_texts=function, share=share, scoring=scoring)
    for name, function, share, scoring in (
        ("exact_match", text_metrics.exact_match, True, ""),
        ("normalised_match", text_metrics.normalised_match, True, "signs kept, also alone"),
        ("answer_f1", text_metrics.answer_f1, False, "words by script"),
        ("rouge_l", text_metrics.rouge_l, False, "words by script"),
        ("bleu", text_metrics.bleu, False, ""),
        ("chrf", text_metrics.chrf, False, ""),
        ("json_valid", text_metrics.json_valid, True, ""),
        ("json_f1", text_metrics.json_fields("f1"), False, PAIRED),
        ("json_precision", text_metrics.json_fields("precision"), False, PAIRED),
        ("json_recall", text_metrics.json_fields("recall"), False, PAIRED),
    )
}
TEXTS |= {
    name: Metric(name, True, 0.0, 1.0, of_texts=function, share=True, applies=applies)
    for name, function, applies in (
        ("final_number", text_metrics.final_number, text_metrics.end_in_numbers),
        ("final_answer", text_metrics.final_answer, text_metrics.end_in_answers),
    )
}
PER_CLASS: dict[str, Callable[[Counts, str], Floats]] = {
    "recall": label_metrics.recall,
    "precision": label_metrics.precision,
    "f1": label_metrics.f1,
}
OF_ONE_CLASS = re.compile(rf"({'|'.join(PER_CLASS)})\[(.+)\]", re.DOTALL)


OF_TASK = ("json_schema", "regex", "judge")
"""Metrics of texts that read more than their name: `task_metrics.bound` gives it to them."""
PATTERN = re.compile(r"regex\[(.+)\]", re.DOTALL)


def of_texts(name: str) -> bool:
    """Whether a name is that of a metric of generated texts; it may still lack what it reads."""
    own = name in OF_TASK or PATTERN.fullmatch(name) or FUNCTION.fullmatch(name)
    return name in TEXTS or bool(own)


def mean_of_rows(
    name: str,
    scores: Callable[[Answers], Floats],
    *,
    greater: bool = True,
    bounds: tuple[float, float] = (0.0, 1.0),
    share: bool = False,
    definition: str = "",
) -> Metric:
    """A metric of texts that is the mean of what each row scores; NaN leaves a row out."""
    return Metric(
        name, greater, *bounds, of_rows=scores, share=share, definition=definition,
        of_texts=lambda given: text_metrics.mean(scores(given)),
    )  # fmt: skip


def find(name: str, classes: tuple[str, ...] | None = None) -> Metric:
    """The metric of that name; with `classes`, its class must be one of them.

    Raises:
        TaskError: The metric or its class is unknown; the message names the nearest known.
    """
    if found := OF_ONE_CLASS.fullmatch(name):
        kind, label = found.groups()
        if classes is not None and label not in classes:
            raise _unknown_class(name, label, classes)
        return Metric(name, True, 0.0, 1.0, label, of_counts=_of_class(PER_CLASS[kind], label))
    if name in TEXTS:
        return TEXTS[name]
    if of_texts(name):
        return mean_of_rows(name, partial(_unread, name))
    if name not in PLAIN:
        raise _unknown(name)
    metric = PLAIN[name]
    if classes is not None and len(classes) == 2 and name in ("roc_auc", "average_precision"):
        return _with_positive_class(metric, classes)
    return metric


def of_words(name: str, tokenizer: str | None) -> Metric:
    """`bleu` or `rouge_l` by a tokenizer of sacrebleu; without one as `find` has it.

    Raises:
        TaskError: The tokenizer is unknown, or its extra is not installed.
    """
    if tokenizer is None:
        return TEXTS[name]
    cut = of_tokenizer(tokenizer)  # raises now, not at the first row
    function = (
        partial(text_metrics.bleu, tokenizer=tokenizer)
        if name == "bleu"
        else partial(text_metrics.rouge_l, cut=cut)
    )
    return replace(TEXTS[name], of_texts=function, scoring=f"tokenizer {tokenizer}")


def _unread(name: str, given: Answers) -> Floats:
    raise AssertionError(f"{name} of {len(given)} rows reads more than its name: see task_metrics")


def check_target(metric: Metric, target: float) -> None:
    """Refuse a target that the metric cannot take, or that every model would reach.

    Raises:
        TaskError: The target is not a number, lies outside the metric's range, or is its
            worst possible value.
    """
    low, high = metric.low, metric.high
    if refused := outside(target, metric.name, low, high):
        raise TaskError(*refused)
    worst = low if metric.greater else high
    if target == worst:
        raise TaskError(
            f"The target {target:g} is the worst value of {metric.name}: every model reaches it",
            "Choose a target that tells a good model from a bad one.",
        )


def per_class(label: str) -> tuple[Metric, ...]:
    """Recall, precision and F1 of one class."""
    return tuple(find(f"{kind}[{label}]") for kind in PER_CLASS)


def _of_class(function: Callable[[Counts, str], Floats], label: str) -> Callable[[Counts], Floats]:
    def value(counts: Counts) -> Floats:
        return function(counts, label)

    return value


def _with_positive_class(metric: Metric, classes: tuple[str, ...]) -> Metric:
    label = ranking_metrics.positive(classes)
    assumption = f"{metric.name} takes {label!r} as the positive class: the last in sorted order."
    return Metric(
        metric.name, metric.greater, metric.low, metric.high, label, assumption,
        of_scores=metric.of_scores,
    )  # fmt: skip


def _unknown(name: str) -> TaskError:
    kind, bracket, _ = name.partition("[")
    if kind in PER_CLASS and (not bracket or name.endswith("[]")):
        return TaskError(f"{name!r} names no class", f"Write it as {kind}[CLASS].")
    known = [*PLAIN, *TEXTS, *OF_TASK, *(f"{kind}[CLASS]" for kind in PER_CLASS)]
    plain = name.lower().replace(" ", "_").replace("-", "_")
    near = difflib.get_close_matches(plain, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(known)}."
    return TaskError(f"There is no metric {name!r}", hint)


def _unknown_class(name: str, label: str, classes: tuple[str, ...]) -> TaskError:
    fact = f"{name} names a class that the data does not have"
    if near := difflib.get_close_matches(label, classes, n=3, cutoff=0.5):
        return TaskError(fact, f"Did you mean {' or '.join(near)}?")
    rest = f" and {len(classes) - 5} more" if len(classes) > 5 else ""
    return TaskError(fact, f"Known: {', '.join(sorted(classes)[:5])}{rest}.")
