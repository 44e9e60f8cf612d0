"""The rung `linear` itself, instead of a stand-in: terms and strength chosen once, and by fold.

Rungwise chooses them once, by the validation part, and takes them into every fold and the refit.
The folds that are then answered hold the rows that chose. Beside it, on the same draws, each fold
chooses by the next fold, so that no row is answered by a model whose settings it chose.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from benchmarks.coverage.draws import FOLDS, POLICY, by_fold, label_names, project
from benchmarks.coverage.pools import Pool
from rungwise.evaluation.intervals import measure
from rungwise.evaluation.metrics import find
from rungwise.progress import Silent
from rungwise.protocols import CHOSEN, RungContext
from rungwise.records import Numbers
from rungwise.table import Examples, Inputs, Predictions
from rungwise.task import parse
from rungwise.training import linear
from rungwise.workflow.by_folds import agreed

VALIDATION = 1 / 8
"""Share of the validation part, as `split` cuts small files."""
OUTSIDE = 3_000
"""Rows outside that tell the truth, at most."""
ACCURACY = find("accuracy")
Integers = NDArray[np.int64]


def draw(pool: Pool, features: dict[str, Any], rows: int, number: int) -> list[dict[str, Any]]:
    """A line for each way to choose and each metric; the project is that of `draws.draw`."""
    del features  # the rung counts its own terms
    inside, outside, fold = project(pool, rows, number)
    outside = np.random.default_rng([rows, number, 1]).permutation(outside)[:OUTSIDE]
    labels, context = label_names(pool.labels, pool.classes), _context(pool)

    def some(places: Integers) -> Examples:
        at = pl.Series(places)
        ids = at.cast(pl.String).alias("id")
        return Examples(Inputs(ids, pool.texts.gather(at)), labels.gather(at))

    def chosen(learnt: Integers, held: Integers) -> Numbers:
        found = linear.fit(some(learnt), some(held), context, None).details[CHOSEN]
        assert isinstance(found, dict), "the rung says what it chose"
        return found

    def answered(learnt: Integers, choice: Numbers, asked: Integers) -> Predictions:
        known = linear.Choice(tuple(choice["terms"]), choice["strength"])
        fitted = linear.fit(some(learnt), some(learnt[:0]), context, None, known)
        return fitted.predict(some(asked).inputs, Silent())

    train, validation = train_test_split(
        inside, test_size=VALIDATION, stratify=pool.labels[inside], random_state=number
    )
    once = (chosen(train, validation),) * FOLDS
    each = []
    for place in range(FOLDS):
        held = fold == (place + 1) % FOLDS
        each.append(chosen(inside[(fold != place) & ~held], inside[held]))
    rarest = pool.classes[int(np.bincount(pool.labels).argmin())]
    lines = []
    for way, choices in (("once", once), ("by fold", tuple(each))):
        parts = [
            answered(inside[fold != place], choice, inside[fold == place])
            for place, choice in enumerate(choices)
        ]
        out_of_fold = _in_order(parts, fold.argsort(kind="stable").argsort())
        refit = answered(inside, agreed(choices), outside)
        for name in ("accuracy", "macro_f1", f"recall[{rarest}]"):
            metric = find(name)
            expected = labels.gather(pl.Series(inside))
            found = measure(metric, expected, out_of_fold, "validation", POLICY)
            lines.append(
                {
                    "set": pool.name, "rows": rows, "draw": number, "outside": len(outside),
                    "metric": name, "learner": f"rung linear, chosen {way}",
                    "value": found.value, "low": found.low, "high": found.high,
                    "truth": metric.value(labels.gather(pl.Series(outside)), refit),
                    "by_fold": by_fold(metric, expected, out_of_fold, fold),
                    "choices": choices,
                }
            )  # fmt: skip
    return lines


def _context(pool: Pool) -> RungContext:
    goal = {"goal": "Sort the texts", "metric": "accuracy", "target": 0.9}
    task, nowhere = parse({"task": goal, "data": {"source": "rows.csv"}}), Path()
    return RungContext(task, nowhere, nowhere, pool.classes, Silent(), ACCURACY.value)


def _in_order(parts: list[Predictions], order: Integers) -> Predictions:
    at = pl.Series(order)
    scores = np.concatenate([part.scores for part in parts if part.scores is not None])
    return Predictions(
        pl.concat([part.ids for part in parts]).gather(at),
        pl.concat([part.outputs for part in parts]).gather(at),
        scores[order],
        parts[0].classes,
    )
