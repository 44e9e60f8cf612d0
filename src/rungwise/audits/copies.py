"""Rows that repeat an earlier row of their part (R21)."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from rungwise.data.together import references, together
from rungwise.evaluation.wording import agreeing
from rungwise.plugins import modality_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding


class Copies:
    """Finds exact and normalised copies inside train, inside validation and inside test.

    Copies across parts are the business of `overlap`. Here they leak nothing, but they count
    one example several times: in train they weigh more, in a measured part they narrow the
    interval without telling more.
    """

    requirement: ClassVar[str] = "R21"
    title: ClassVar[str] = "Rows that repeat another row"
    stage: ClassVar[Stage] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One finding with every row that repeats an earlier one, beside the earliest."""
        parts = {"train": context.train, "validation": context.validation, "test": context.test}
        rows = together(parts)
        rows = rows.with_columns(
            modality_of(context.task).copy_keys(rows["input"]).alias("folded"),
            written=rows["input"].hash(),
        )
        # Several people's labels of one text are ratings of it, not copies.
        same = ["part", "folded", "annotator"]
        rows = rows.with_columns(
            pl.col(name).first().over(same).alias(f"other_{name}")
            for name in ("id", "part", "line")
        ).with_columns(
            place=pl.int_range(pl.len()).over(same),
            exact=pl.int_range(pl.len()).over("part", "written", "annotator") > 0,
            copies=pl.len().over(same),
        )
        repeated = rows.filter(pl.col("place") > 0)
        if repeated.is_empty():
            return []
        exact = int(repeated["exact"].sum())
        clusters = rows.filter((pl.col("copies") > 1) & (pl.col("place") == 0))
        by_part = {part: int((repeated["part"] == part).sum()) for part in parts}
        return [
            Finding(
                code="copies",
                severity="warn",
                title=(
                    f"{len(repeated):,} of {len(rows):,} rows "
                    + agreeing(
                        len(repeated),
                        "repeats an earlier row of its part: ",
                        "repeat an earlier row of their part: ",
                    )
                    + f"{exact:,} exactly, {len(repeated) - exact:,} but for case, spacing or "
                    "punctuation"
                ),
                advice=(
                    "No copy straddles the parts. Keep one row of each text, unless the copies "
                    "are as frequent in production."
                ),
                requirement=self.requirement,
                count=len(repeated),
                rows=references(repeated),
                numbers={
                    "exact": exact,
                    "normalised": len(repeated),
                    "clusters": len(clusters),
                    "largest_cluster": int(clusters["copies"].max()),  # type: ignore[arg-type]
                    **by_part,
                },
            )
        ]
