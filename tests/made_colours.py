"""Ladders of texts made by hand: colours as JSON, right, wrong in form, or wrong in the value."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import polars as pl
from tests.constructed import attempt
from tests.judged import split

from rungwise.evaluation.intervals import measure
from rungwise.evaluation.metrics import find
from rungwise.protocols import GateContext
from rungwise.records import Evidence
from rungwise.table import Predictions
from rungwise.task import Task, parse

ROWS = 150
COLOURS = ("red", "blue", "green")
TRUTH = pl.Series([json.dumps({"colour": COLOURS[row % 3]}) for row in range(ROWS)])
FORMS = ("Sure! Here it is: {right}", '{{"color": "{colour}"}}', "a {colour} one")
"""Words around it, the wrong field, no JSON."""


def task(
    target: float = 0.9, kind: str = "generate", metric: str = "exact_match", **sections: Any
) -> Task:
    """A task that generates text."""
    goal = {"goal": "Extract the colour as JSON with at least 90 percent exact match",
            "kind": kind, "metric": metric, "target": target}  # fmt: skip
    return parse({"task": goal, "data": {"source": "x.csv"}, **sections})


def answers(right: int, formal: int) -> Predictions:
    """The first rows right, the next wrong in form, the others wrong in the value."""
    told = []
    for row, expected in enumerate(TRUTH):
        colour = COLOURS[row % 3]
        if row < right:
            told.append(expected)
        elif row < right + formal:
            told.append(FORMS[row % 3].format(right=expected, colour=colour))
        else:
            told.append(json.dumps({"colour": COLOURS[(row + 1) % 3]}))
    return Predictions(pl.Series([str(row) for row in range(ROWS)]), pl.Series(told), None, ())


def tried(
    rung: str, right: int, formal: int = 0, metric: str = "exact_match", **changes: Any
) -> tuple[Evidence, Predictions]:
    """An attempt at it, and its answers."""
    predictions = answers(right, formal)
    goal = measure(find(metric), TRUTH, predictions, "validation", task().policy)
    base = replace(attempt("frozen", goal), rung=rung, trains=rung == "lora", height=22)
    return replace(base, id=f"{rung}-{right}-{formal}", **changes), predictions


def context(
    *ladder: tuple[Evidence, Predictions], about: Task | None = None, **facts: Any
) -> GateContext:
    """What a gate may read about these attempts; the last one is selected."""
    stored = {evidence.id: predictions for evidence, predictions in ladder}
    record = GateContext(
        task=about or task(),
        greater=True,
        bounds=(0.0, 1.0),
        split=split(),
        attempts=tuple(evidence for evidence, _ in ladder),
        selected=ladder[-1][0],
        predictions=stored.__getitem__,
        expected=lambda: TRUTH,
    )
    return replace(record, **facts)
