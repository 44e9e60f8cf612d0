"""Each contestant learns from the same rows; its time runs from nothing to the test answers."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.baselines.workloads import Workload
from rungwise import plugins
from rungwise.evaluation.metrics import find
from rungwise.progress import Silent
from rungwise.protocols import Fitted, RungContext
from rungwise.records import Numbers
from rungwise.table import Examples, Predictions
from rungwise.task import parse
from rungwise.training import trunk

ENCODER = "all-MiniLM-L6-v2"
CHEAP: dict[str, Numbers] = {
    "majority": {}, "nearest": {}, "linear": {"class_weights": None},
    "frozen": {"class_weights": None},
}  # fmt: skip
DEPTHS = (1, 2, 4, 6)
SEED = 20


@dataclass(frozen=True, slots=True)
class Result:
    """What a contestant has on the test rows, and the processor time that it took."""

    name: str
    accuracy: float
    seconds: float


def by_hand(workload: Workload) -> Result:
    """The three lines that everybody tries first."""
    began = time.process_time()
    train, test = workload.train, workload.test
    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    model.fit(train.inputs.values.to_list(), train.expected.to_list())
    right = model.score(test.inputs.values.to_list(), test.expected.to_list())
    return Result("by hand", float(right), time.process_time() - began)


def context(workload: Workload, cache: Path) -> RungContext:
    """What a rung is told."""
    goal = {"goal": "Sort the texts", "metric": "accuracy", "target": 0.9}
    task = parse({"task": goal, "data": {"source": "rows.csv"}, "models": [ENCODER]})
    return RungContext(task, cache, cache, workload.classes, Silent(), _accuracy)


def cheap(workload: Workload, about: RungContext, wanted: Collection[str] = ()) -> Iterator[Result]:
    """The rungs that take seconds, cheapest first; each that embeds is charged for it."""
    rungs = {name: plugins.load("rungs", name) for name in CHEAP if not wanted or name in wanted}
    embeds = any(rung.needs_model for rung in rungs.values())
    embedding = _embedded(workload, about) if embeds else 0.0
    for name, rung in rungs.items():
        configuration = CHEAP[name]
        began = time.process_time()
        fitted = rung.fit(configuration, SEED, workload.train, workload.validation, about)
        value = _measured(fitted, workload.test)
        seconds = time.process_time() - began
        yield Result(name, value, seconds + (embedding if rung.needs_model else 0))


def tuned(workload: Workload, about: RungContext, limit: float) -> Result:
    """The best of `unfreeze`: every rate on the last block, then deeper; chosen on validation.

    Args:
        limit: CPU seconds after which no further attempt begins.
    """
    rung, began = plugins.load("rungs", "unfreeze"), time.process_time()
    rates = about.task.training.learning_rates
    tried: list[tuple[float, float, int, Fitted]] = []

    def attempt(layers: int, rate: float) -> None:
        asked = {"layers": layers, "learning_rate": rate, "class_weights": None}
        fitted = rung.fit(asked, SEED, workload.train, workload.validation, about)
        tried.append((_measured(fitted, workload.validation), rate, layers, fitted))

    def best() -> tuple[float, float, int, Fitted]:
        return max(tried, key=lambda one: (one[0], -one[2]))

    plan = [(1, rate) for rate in rates] + [(layers, None) for layers in DEPTHS[1:]]
    for layers, rate in plan:  # deeper with the rate that did best
        if tried and time.process_time() - began > limit:
            break
        attempt(layers, best()[1] if rate is None else rate)
    _, chosen, depth, fitted = best()
    value = _measured(fitted, workload.test)
    name = f"best tuned of {len(tried)} (last {depth}, {chosen:g})"
    return Result(name, value, time.process_time() - began)


def _embedded(workload: Workload, about: RungContext) -> float:
    """Seconds to embed every part once; what follows finds it in the cache."""
    began = time.process_time()
    opened = trunk.of(about, ENCODER)
    for part in (workload.train, workload.validation):
        opened.embeddings(opened.encode(part.inputs.values), about.progress)
    return time.process_time() - began


def _measured(fitted: Fitted, part: Examples) -> float:
    return _accuracy(part.expected, fitted.predict(part.inputs, Silent()))


def _accuracy(expected: pl.Series, answers: Predictions) -> float:
    return float(find("accuracy", answers.classes).value(expected, answers))
