"""Ladders made by hand for the gates: attempts whose predictions have so many rows right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
from tests.constructed import attempt
from tests.made_answers import expected, predicted, scored

from rungwise import plugins
from rungwise.evaluation.intervals import measure
from rungwise.evaluation.metrics import find
from rungwise.protocols import GateContext
from rungwise.records import (
    Evidence,
    Finding,
    Measurement,
    SplitRecord,
    TestResult,
    Unsealing,
    Verdict,
)
from rungwise.table import Predictions
from rungwise.task import Task, parse

GOAL = "Route complaints to one of two teams with at least 90 percent accuracy"
CLASSES = ("late", "lost")


@dataclass(frozen=True)
class Tried:
    """An attempt and its predictions."""

    evidence: Evidence
    predictions: Predictions


def task(metric: str = "accuracy", target: float = 0.9, **sections: Any) -> Task:
    """A task file; `sections` such as `policy` or `owners` are added."""
    goal = {"goal": GOAL, "metric": metric, "target": target}
    return parse({"task": goal, "data": {"source": "complaints.csv"}, **sections})


def split(**changes: Any) -> SplitRecord:
    """1,000 rows to train on, `rows` to validate, 1,000 sealed."""
    record = SplitRecord(
        id="split-1",
        sources={"complaints.csv": "5d41"},
        train="a1",
        validation="b2",
        test_inputs="c3",
        test_expected="d4",
        rows={"train": 5000, "validation": 1000, "test": 1000},
        classes=CLASSES,
        quarantine="e5",
        quarantined={},
        assumptions=(),
        numbers={"rules": 3},
    )
    return replace(record, **changes)


EARLIER = {"split": split(numbers={})}
"""Of a project that an earlier version split: it keeps the first rules."""


def truth(rows: int) -> pl.Series:
    """Both classes in turn."""
    return expected([CLASSES[row % 2] for row in range(rows)])


def tried(
    rung: str,
    right: int,
    *,
    rows: int = 1000,
    first: int = 0,
    metric: str = "accuracy",
    **changes: Any,
) -> Tried:
    """An attempt with `right` of `rows` right, those from row `first` on; sure of itself by 0.8."""
    answers = []
    for row in range(rows):
        hit = (row - first) % rows < right
        answers.append(CLASSES[row % 2] if hit else CLASSES[1 - row % 2])
    scores = [[0.8 if answer == label else 0.2 for label in CLASSES] for answer in answers]
    predictions = scored(scores, CLASSES)
    goal = measure(find(metric, CLASSES), truth(rows), predictions, "validation", task().policy)
    changes.setdefault("id", f"{rung}-{right}-{first}")
    return Tried(attempt(rung, goal, **changes), predictions)


def constant(
    metric: str = "accuracy", late: int = 950, rows: int = 1000
) -> tuple[Tried, pl.Series]:
    """`majority` where `late` of `rows` have its answer; and the expected labels."""
    labels = expected(["late"] * late + ["lost"] * (rows - late))
    predictions = predicted(["late"] * rows, classes=CLASSES)
    goal = measure(find(metric, CLASSES), labels, predictions, "validation", task().policy)
    return Tried(attempt("majority", goal), predictions), labels


def context(
    *ladder: Tried, rows: int = 1000, task: Task | None = None, **facts: Any
) -> GateContext:
    """What a gate may read about these attempts; the last one is selected."""
    goal = task or globals()["task"]()
    metric = find(goal.task.metric)
    stored = {one.evidence.id: one.predictions for one in ladder}
    record = GateContext(
        task=goal,
        greater=metric.greater,
        bounds=(metric.low, metric.high),
        split=split(),
        audited=frozenset(plugins.names("audits")),
        attempts=tuple(one.evidence for one in ladder),
        selected=ladder[-1].evidence if ladder else None,
        predictions=stored.__getitem__,
        expected=lambda: truth(rows),
    )
    return replace(record, **facts)


def judge(gate: str, about: GateContext) -> Verdict:
    """Ask one gate."""
    verdict: Verdict = plugins.load("gates", gate).judge(about)
    return verdict


def looks(*attempts: str) -> Sequence[Unsealing]:
    """Looks at the test part, of these attempts in turn."""
    return tuple(
        Unsealing(number, name, "split-1", "d4") for number, name in enumerate(attempts, start=1)
    )


def sealed_result(
    about: Evidence, value: float, low: float, high: float, unseal: int = 1
) -> TestResult:
    """What the test said of an attempt."""
    goal = Measurement(about.goal.metric, value, low, high, 1000, "test")
    return TestResult(about.id, "split-1", unseal, goal, (), (), "f6")


def finding(severity: Any, code: str = "overlap") -> Finding:
    """Something an audit found."""
    return Finding(code, severity, "310 test rows have a copy in train", "Remove them.", count=310)
