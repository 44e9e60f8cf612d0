"""Records made by hand, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rungwise.policy import Policy
from rungwise.protocols import DiagnosisContext
from rungwise.records import Epoch, Evidence, Measurement, SplitRecord

HEIGHTS = {
    "current": 5,
    "majority": 10,
    "zero_shot": 20,
    "nearest": 30,
    "linear": 35,
    "frozen": 40,
    "unfreeze": 50,
    "lora": 60,
    "full": 70,
}


def measured(
    value: float,
    low: float | None = None,
    high: float | None = None,
    *,
    metric: str = "accuracy",
    rows: int = 1000,
) -> Measurement:
    """A value on validation."""
    return Measurement(metric, value, low, high, rows, "validation")


def attempt(rung: str, goal: Measurement, **changes: Any) -> Evidence:
    """Evidence of one attempt at the rung; `changes` replace any field."""
    evidence = Evidence(
        id=f"{rung}-{goal.value:g}",
        rung=rung,
        height=HEIGHTS[rung],
        trains=HEIGHTS[rung] >= HEIGHTS["linear"],
        configuration={},
        seed=20,
        data="split-1",
        model="all-MiniLM-L6-v2@0f3c" if rung not in ("current", "majority", "linear") else "",
        goal=goal,
        metrics=(),
        per_class=(),
        curve=(),
        train_metric=None,
        predictions="",
        artefact="",
        seconds=12.3,
        peak_mb=900.0,
        versions={"torch": "2.13.0"},
    )
    return replace(evidence, **changes)


def curve(
    train: Sequence[float],
    validation: Sequence[float],
    metric: Sequence[float | None] | None = None,
    rates: Sequence[float | None] | None = None,
) -> tuple[Epoch, ...]:
    """One point an epoch from columns of losses and metrics."""
    metrics = metric or [None] * len(train)
    logged = rates or [None] * len(train)
    columns = zip(train, validation, metrics, logged, strict=True)
    return tuple(
        Epoch(
            number,
            train_loss,
            validation_loss,
            train_metric=None,
            validation_metric=value,
            learning_rate=rate,
            gradient_norm=None,
            seconds=1.0,
        )
        for number, (train_loss, validation_loss, value, rate) in enumerate(columns, 1)
    )


def diagnosed(
    about: Evidence,
    *others: Evidence,
    target: float = 0.9,
    greater: bool = True,
    train_counts: Mapping[str, int] | None = None,
    validation_counts: Mapping[str, int] | None = None,
    **changes: Any,
) -> DiagnosisContext:
    """What a diagnosis of `about` may know, next to the other attempts."""
    context = DiagnosisContext(
        attempt=about,
        attempts=(*others, about),
        policy=Policy(),
        target=target,
        greater=greater,
        train_counts=train_counts or {"late": 500, "lost": 500},
        validation_counts=validation_counts or {"late": 500, "lost": 500},
    )
    return replace(context, **changes)


def split_record(classes: Sequence[str], **changes: Any) -> SplitRecord:
    """Three parts of a split over these classes."""
    record = SplitRecord(
        id="split-1",
        sources={"questions.csv": "9b1d" * 16},
        train="t",
        validation="v",
        test_inputs="i",
        test_expected="e",
        rows={"train": 70, "validation": 15, "test": 15},
        classes=tuple(classes),
        quarantine="q",
        quarantined={"empty input": 2},
        assumptions=("Column `text` is the input.",),
    )
    return replace(record, **changes)


def task_facts(
    goal: str = "Route support tickets to eight teams with at least 90 percent accuracy",
    metric: str = "accuracy",
    target: float = 0.9,
    *,
    greater: bool = True,
) -> dict[str, Any]:
    """The fields `task` and `goal` of a state."""
    return {
        "task": {"task": {"goal": goal, "metric": metric, "target": target}},
        "goal": {"name": metric, "greater": greater, "low": 0.0, "high": 1.0},
    }
