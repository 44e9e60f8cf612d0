"""A record of every kind of entry, and the page that a report makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import polars as pl
from tests.constructed import attempt, curve, measured, split_record, task_facts

from rungwise.evaluation.failures import group
from rungwise.ledger.state import State
from rungwise.records import Finding, Override, ReleaseRecord, TestResult, Verdict
from rungwise.reporting.page import render
from rungwise.table import Predictions

EVIL = "<script>alert('x')</script>"
VOID = {"meta", "br", "col"}
CLASSES = ("late", "lost", "refund")


class Reader(HTMLParser):
    """Checks that tags balance, and keeps what a test asks for."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == [], f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def answered(classes: Sequence[str], rows: int = 60) -> tuple[pl.DataFrame, Predictions]:
    """Rows of every class; each fifth is taken for the next class, with probability 0.8."""
    place = np.arange(rows) % len(classes)
    wrong = np.arange(rows) % 5 == 0
    answer = np.where(wrong, (place + 1) % len(classes), place)
    scores = np.full((rows, len(classes)), 0.2 / max(len(classes) - 1, 1), dtype=np.float32)
    scores[np.arange(rows), answer] = 0.8
    ids = pl.Series("id", [f"row-{number}" for number in range(rows)])
    frame = pl.DataFrame(
        {
            "id": ids,
            "input": [f"text of row {number}" for number in range(rows)],
            "expected": [classes[int(number)] for number in place],
        }
    )
    outputs = pl.Series("output", [classes[int(number)] for number in answer])
    return frame, Predictions(ids, outputs, scores, tuple(classes))


def whole(classes: Sequence[str] = CLASSES, **changes: Any) -> tuple[State, pl.DataFrame, Any]:
    """A task that went all the way, with everything on record that a report shows."""
    frame, predictions = answered(classes, max(60, 2 * len(classes)))
    recalls = tuple(
        measured(0.8, 0.7, 0.9, metric=f"recall[{label}]", rows=20) for label in classes
    )
    frozen = attempt("frozen", measured(0.80, 0.77, 0.83), per_class=recalls)
    points = curve([0.9, 0.4, 0.1], [0.8, 0.5, 0.7], [0.7, 0.88, 0.91])
    lora = attempt(
        "lora",
        measured(0.91, 0.89, 0.93),
        configuration={"learning_rate": 1e-4, "class_weights": None},
        curve=points,
        per_class=recalls,
        predictions="p",
    )
    majority = attempt("majority", measured(0.33, 0.30, 0.36))
    nearest = attempt("nearest", measured(0.70, 0.67, 0.73))
    attempts = (majority, nearest, frozen, lora)
    test = measured(0.905, 0.88, 0.93, rows=500)
    state = State(
        **task_facts(),
        split=split_record(classes),
        audits=frozenset({"copies", "sizes"}),
        findings=(Finding("copies", "warn", "12 rows repeat another", "Keep one.", "R21", 12),),
        attempts=attempts,
        diagnoses={
            lora.id: (
                Finding("overconfident", "info", "Overconfident since epoch 2", "Calibrate."),
            )
        },
        failures={lora.id: group(frame["expected"], predictions, 20)},
        skipped={"full": "Gate full_tuning_justified (R64): no business value is on record."},
        verdicts={
            "split_sealed": Verdict("split_sealed", "R10", "pass", "Sealed first."),
            "gap_closed": Verdict("gap_closed", "R63", "inconclusive", "About 900 rows settle it."),
        },
        overrides=(
            Override("gap_closed", "Maria", "lead", "We accept it", "2026-01-01T10:00:00+00:00"),
        ),
        tests=(TestResult(lora.id, "split-1", 1, replace(test, on="test"), (), (), "p"),),
        releases=(ReleaseRecord("v1.0", lora.id, "split-1", "m" * 64, "releases/v1.0", ("a",)),),
    )
    return replace(state, **changes), frame, lambda digest: predictions


def page_of(classes: Sequence[str] = CLASSES, **changes: Any) -> str:
    state, frame, predictions = whole(classes, **changes)
    return render(state, frame, predictions, "rungwise predict --release v1.0 FILE", "today")
