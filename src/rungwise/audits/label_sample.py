"""How many labels are wrong, from rows that somebody labelled blind (R12, R14)."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from rungwise.data.together import references, together
from rungwise.evaluation.agreement import cohen_kappa
from rungwise.evaluation.proportions import wilson
from rungwise.percent import estimate
from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding

ENOUGH = 50
"""Ratings from which the rate is more than a hint."""
TOLERATED = 0.05
"""A rate whose interval begins above this is a warning: every score is measured on such labels."""


class LabelSample:
    """Compares the labels in use with the ratings of a random sample.

    This sees mistakes that follow a rule, which no model that learnt from the labels can see.
    """

    requirement: ClassVar[str] = "R12"
    title: ClassVar[str] = "Labels against a sample labelled blind"
    stage: ClassVar[Stage] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False
    rereads: ClassVar[bool] = True

    def examine(self, context: AuditContext) -> list[Finding]:
        """One finding with the rate of differing labels and its interval."""
        if not kind_of(context.task).labels or not context.ratings:
            return []
        rated = pl.DataFrame(
            [(row, one.label, one.by) for row, one in context.ratings.items()],
            {"id": pl.String, "rated": pl.String, "by": pl.String},
            orient="row",
        )
        rows = together({"train": context.train, "validation": context.validation})
        rows = rows.join(rated, on="id", how="inner", maintain_order="left")
        return [_rate(rows, context)] if len(rows) else []


def _rate(rows: pl.DataFrame, context: AuditContext) -> Finding:
    other = rows.filter(pl.col("rated") != pl.col("expected"))
    share = len(other) / len(rows)
    low, high = wilson(share * len(rows), len(rows), context.policy.confidence)
    every = len(context.train) + len(context.validation)
    codes = pl.concat([rows["expected"], rows["rated"]]).rank("dense").cast(pl.Int64).to_numpy()
    kappa = cohen_kappa(codes[: len(rows)], codes[len(rows) :])
    people = sorted(set(rows["by"]))
    few = (
        "" if len(rows) >= ENOUGH else f" {ENOUGH} rows make the interval narrow enough to act on."
    )
    return Finding(
        code="label_sample",
        severity="warn" if low > TOLERATED else "info",
        title=(
            f"{len(other):,} of {len(rows):,} rows that were labelled blind got another label: "
            f"{estimate(share, low, high)}, which is {low * every:,.0f} to "
            f"{high * every:,.0f} of all {every:,} rows"
        ),
        advice=(
            "Settle in GUIDELINE.md which of the two labels is right, row by row; if the labels "
            f"in use are wrong by a rule, relabel by that rule before anything is tuned.{few}"
        ),
        requirement="R12",
        count=len(other),
        rows=references(other),
        numbers={
            "rated": len(rows),
            "differ": len(other),
            "share": share,
            "low": low,
            "high": high,
            "cohen_kappa": kappa,
            "people": people,
            "suggested": dict(other.select("id", "rated").iter_rows()),
        },
    )
