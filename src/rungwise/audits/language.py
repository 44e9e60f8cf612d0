"""Which scripts the texts are written in, and whether training knows those it will meet (R16)."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from rungwise.data.scripts import NONE, scripts
from rungwise.data.together import references, together
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding

SHOWN = 3


class Language:
    """Counts scripts by the Unicode property of the letters.

    A script is not a language: English and Spanish are both Latin, and this does not tell them
    apart. What it tells, it tells without a model and without a mistake.
    """

    requirement: ClassVar[str] = "R16"
    title: ClassVar[str] = "Scripts that the texts are written in"
    stage: ClassVar[Stage] = "content"
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """A warning on scripts that train does not have; else the mix, where there is one."""
        if context.task.task.modality != "text" or context.train.is_empty():
            return []
        parts = {"train": context.train, "validation": context.validation}
        rows = together(parts).select("id", "part", "line", "input")
        if context.production is not None:
            sample = context.production.select("id", "line", "input", part=pl.lit("production"))
            rows = pl.concat([rows, sample.select(rows.columns)])
        rows = rows.with_columns(scripts(rows["input"]).alias("script"))
        rows = rows.filter(pl.col("script") != NONE)
        known = rows.filter(pl.col("part") == "train")["script"].unique()
        unseen = rows.filter(~pl.col("script").is_in(known.implode()))
        if len(unseen):
            return [_finding("unseen", unseen, rows)]
        if len(known) > 1:
            main = rows["script"].mode().sort()[0]
            return [_finding("mixed", rows.filter(pl.col("script") != main), rows)]
        return []


def _finding(kind: str, found: pl.DataFrame, rows: pl.DataFrame) -> Finding:
    counted = found["script"].value_counts().sort("count", "script", descending=[True, False])
    counts = {str(script): int(count) for script, count in counted.iter_rows()}
    listed = ", ".join(f"{script} {count:,}" for script, count in list(counts.items())[:SHOWN])
    listed += ", …" if len(counts) > SHOWN else ""
    part = pl.when(pl.col("part") != "production").then("part").alias("part")
    numbers = {"rows": len(rows), "scripts": counts}
    if kind == "unseen":
        title = f"{len(found):,} of {len(rows):,} rows are in a script that train lacks: {listed}"
        advice = "Collect and label training rows in it, or say who else answers such requests."
    else:
        title = f"{len(found):,} of {len(rows):,} rows are not in the main script: {listed}"
        advice = "Check that the base model knows these scripts, and look at their recall alone."
    return Finding(
        code=f"language.{kind}",
        severity="warn" if kind == "unseen" else "info",
        title=title,
        advice=advice,
        requirement="R16",
        count=len(found),
        rows=references(found.with_columns(part)),
        numbers=numbers,
    )
