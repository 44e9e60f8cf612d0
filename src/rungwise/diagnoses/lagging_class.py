"""One class is recognised far less often than the others (R54)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation.lagging import lags
from rungwise.evaluation.wording import counted
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class LaggingClass:
    """Holds where a class's recall lies `policy.class_lag` below the mean of the others.

    The whole interval must lie below that mean: with ten rows, a low recall is often chance.
    Attempts that train nothing are passed over; there is no loss to weight.
    """

    requirement: ClassVar[str] = "R54"
    title: ClassVar[str] = "Lagging class"
    rank: ClassVar[int] = 75

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Compare every class with the mean of the others, and tell the worst."""
        attempt = context.attempt
        lag = lags(attempt.per_class, context.policy.class_lag) if attempt.trains else {}
        if not lag:
            return None
        worst = max(lag, key=lambda label: lag[label])
        recalls = {measured.metric: measured.value for measured in attempt.per_class}
        recall = {label: recalls[f"recall[{label}]"] for label in lag}
        rows = "row" if attempt.goal.on == "folds" else "validation row"
        others = f"; {len(lag) - 1} more lag" if len(lag) > 1 else ""
        return Finding(
            code="lagging_class",
            severity="warn",
            title=(
                f"{worst} lags: recall {recall[worst]:.2f} on "
                f"{counted(context.validation_counts.get(worst, 0), rows)}, "
                f"{lag[worst]:.2f} below the mean of the other classes{others}"
            ),
            advice=_advice(worst, context),
            requirement=self.requirement,
            count=len(lag),
            numbers={
                "recall": recall,
                "lag": lag,
                "train_rows": {label: context.train_counts.get(label, 0) for label in lag},
            },
        )


def _advice(worst: str, context: DiagnosisContext) -> str:
    rows = context.train_counts.get(worst, 0)
    typical = sum(context.train_counts.values()) / max(len(context.train_counts), 1)
    weighted = context.attempt.configuration.get("class_weights") is not None
    if rows < typical:
        rare = f"It has {counted(rows, 'training row')} where a class has {typical:.0f} on average"
        if weighted:
            return f"{rare}, and its loss is weighted already: collect more rows of it."
        return f"{rare}: weight its loss, and collect more rows of it."
    return (
        f"It has {counted(rows, 'training row')}, so it is not rare: read its failure groups and "
        "its part of the guideline; the labels may overlap."
    )
