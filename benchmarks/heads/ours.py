"""The rung `frozen`: embeddings once, then a whole path of regularisation strengths."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray

from benchmarks.banking import Banking, Part
from rungwise import plugins
from rungwise.evaluation.metrics import find
from rungwise.progress import Silent
from rungwise.protocols import Rung, RungContext
from rungwise.table import Examples, Inputs, Predictions
from rungwise.task import parse
from rungwise.training import logistic


def from_text(data: Banking, encoder: str) -> float:
    """The whole rung with an empty cache, as `rungwise climb` runs it; accuracy on the test."""
    rung: Rung = plugins.load("rungs", "frozen")
    train, validation, test = (
        _examples(part, data.classes) for part in (data.train, data.validation, data.test)
    )
    with tempfile.TemporaryDirectory() as folder:
        context = _context(data, encoder, Path(folder))
        fitted = rung.fit({"class_weights": None}, 20, train, validation, context)
        answers = fitted.predict(test.inputs, context.progress)
    return find("accuracy", data.classes).value(test.expected, answers)


def head_sweep(
    data: Banking,
    train: NDArray[np.float32],
    validation: NDArray[np.float32],
    test: NDArray[np.float32],
) -> float:
    """Every strength, the best chosen on validation; accuracy on the test."""
    features, labels = torch.from_numpy(train), torch.from_numpy(data.train.labels)
    held_out, unseen = torch.from_numpy(validation), torch.from_numpy(test)
    best, chosen = -1.0, None
    for solution in logistic.path(features, labels, len(data.classes)):
        value = _accuracy(solution, held_out, data.validation)
        if value > best:
            best, chosen = value, solution
    assert chosen is not None, "the path has at least one strength"
    return _accuracy(chosen, unseen, data.test)


def _accuracy(solution: logistic.Solution, features: torch.Tensor, part: Part) -> float:
    answers = (features @ solution.weight.T + solution.bias).argmax(1)
    return float((answers.numpy() == part.labels).mean())


def _context(data: Banking, encoder: str, cache: Path) -> RungContext:
    goal = {"goal": "Classify banking questions", "metric": "accuracy", "target": 0.9}
    task = parse({"task": goal, "data": {"source": "train.csv"}, "models": [encoder]})
    metric = find("accuracy", data.classes)

    def score(expected: pl.Series, answers: Predictions) -> float:
        return metric.value(expected, answers)

    return RungContext(task, cache, cache, data.classes, Silent(), score)


def _examples(part: Part, classes: tuple[str, ...]) -> Examples:
    ids = pl.Series(range(len(part.texts))).cast(pl.String)
    expected = pl.Series([classes[label] for label in part.labels])
    return Examples(Inputs(ids, pl.Series(part.texts)), expected)
