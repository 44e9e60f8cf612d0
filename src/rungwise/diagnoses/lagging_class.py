"""One class is recognised far less often than the others (R54)."""

from __future__ import annotations

import math
from typing import ClassVar

from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding, Measurement


class LaggingClass:
    """Holds where a class's recall lies `policy.class_lag` below the mean of the others.

    The whole interval must lie below that mean: with ten rows, a low recall is often chance.
    Attempts that train nothing are passed over; there is no loss to weight.
    """

    requirement: ClassVar[str] = "R54"
    title: ClassVar[str] = "Lagging class"
    rank: ClassVar[int] = 75

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Compare every class with the mean of the others, the worst first."""
        recalls = {
            measured.metric.removeprefix("recall[").removesuffix("]"): measured
            for measured in context.attempt.per_class
            if measured.metric.startswith("recall[") and math.isfinite(measured.value)
        }
        if not context.attempt.trains or len(recalls) < 2:
            return None
        total = sum(measured.value for measured in recalls.values())
        lags: dict[str, float] = {}
        for label, measured in recalls.items():
            others = (total - measured.value) / (len(recalls) - 1)
            if _lags(measured, others, context.policy.class_lag):
                lags[label] = others - measured.value
        if not lags:
            return None
        worst = max(lags, key=lambda label: lags[label])
        return Finding(
            code="lagging_class",
            severity="warn",
            title=_title(worst, recalls[worst], lags, context),
            advice=_advice(worst, context),
            requirement=self.requirement,
            count=len(lags),
            numbers={
                "recall": {label: recalls[label].value for label in lags},
                "lag": lags,
                "train_rows": {label: context.train_counts.get(label, 0) for label in lags},
            },
        )


def _lags(measured: Measurement, others: float, least: float) -> bool:
    surely = measured.high is None or measured.high < others
    return surely and others - measured.value >= least


def _title(
    worst: str, recall: Measurement, lags: dict[str, float], context: DiagnosisContext
) -> str:
    rows = context.validation_counts.get(worst, 0)
    others = f"; {len(lags) - 1} more lag" if len(lags) > 1 else ""
    return (
        f"{worst} lags: recall {recall.value:.2f} on {rows} validation rows, "
        f"{lags[worst]:.2f} below the mean of the other classes{others}"
    )


def _advice(worst: str, context: DiagnosisContext) -> str:
    rows = context.train_counts.get(worst, 0)
    typical = sum(context.train_counts.values()) / max(len(context.train_counts), 1)
    if rows < typical:
        return (
            f"It has {rows} training rows where a class has {typical:.0f} on average: weight its "
            "loss, and collect more rows of it."
        )
    return (
        f"It has {rows} training rows, so it is not rare: read its failure groups and its part "
        "of the guideline; the labels may overlap (R13)."
    )
