"""Class by class: recall, precision and F1 of one attempt, the weakest class first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rungwise.records import Measurement


@dataclass(frozen=True, slots=True)
class ClassRow:
    """What was measured about one class; None where the attempt did not measure it."""

    label: str
    recall: Measurement | None
    precision: Measurement | None
    f1: Measurement | None


def class_rows(per_class: Sequence[Measurement]) -> list[ClassRow]:
    """Measurements such as `recall[late]` by class; classes without rows stand at the end."""
    found: dict[str, dict[str, Measurement]] = {}
    for measured in per_class:
        name, bracket, rest = measured.metric.partition("[")
        if bracket:
            found.setdefault(rest.removesuffix("]"), {})[name] = measured
    rows = [
        ClassRow(label, own.get("recall"), own.get("precision"), own.get("f1"))
        for label, own in found.items()
    ]
    return sorted(rows, key=lambda row: (_weakness(row.recall), row.label))


def _weakness(recall: Measurement | None) -> float:
    if recall is None or not recall.rows or not math.isfinite(recall.value):
        return math.inf
    return recall.value
