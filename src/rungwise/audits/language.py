"""Which scripts and languages the texts are in, and whether train and the base know them (R16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import polars as pl

from rungwise.checkpoints.model_card import ANY
from rungwise.data.languages import LEAST_ROWS, LEAST_SHARE, languages
from rungwise.data.scripts import NONE, scripts
from rungwise.data.together import references, together
from rungwise.evaluation.wording import agreeing
from rungwise.percent import percent
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding, Severity

SHOWN = 3
READ = 3_000
"""Rows of each part whose language is told; the script is told of all."""
FEW = 0.1
"""Up to this part of the judged rows in other languages than the base's is only told."""
MULTILINGUAL = "intfloat/multilingual-e5-small"
Kind = Literal["unseen", "mixed", "likely_unseen", "likely_mixed"]


class Language:
    """Counts scripts by the Unicode property of the letters, and languages by a small model.

    What is said of scripts is certain. What is said of languages is likely: short texts are not
    judged, and among the rest a language counts only where several rows are in it.
    """

    requirement: ClassVar[str] = "R16"
    title: ClassVar[str] = "Scripts and languages of the texts"
    stage: ClassVar[Stage] = "content"
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """A warning on what train does not have, else the mix; of scripts and of languages."""
        if context.train.is_empty():
            return []
        parts = {"train": context.train, "validation": context.validation}
        rows = together(parts).select("id", "part", "line", "input")
        if context.production is not None:
            sample = context.production.select("id", "line", "input", part=pl.lit("production"))
            rows = pl.concat([rows, sample.select(rows.columns)])
        rows = rows.with_columns(scripts(rows["input"]).alias("what"))
        judged = _judged(context, rows)
        found = [
            _of_scripts(rows.filter(pl.col("what") != NONE)),
            _of_languages(judged),
            _of_the_base(context, judged),
        ]
        return [one for one in found if one]


def _of_scripts(rows: pl.DataFrame) -> Finding | None:
    known = rows.filter(pl.col("part") == "train")["what"].unique()
    unseen = rows.filter(~pl.col("what").is_in(known.implode()))
    if len(unseen):
        return _finding("unseen", unseen, rows)
    if len(known) > 1:
        main = rows["what"].mode().sort()[0]
        return _finding("mixed", rows.filter(pl.col("what") != main), rows)
    return None


def _judged(context: AuditContext, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose language can be told, with it in the column `what`."""
    shuffled = rows.drop("what").sample(fraction=1, seed=context.policy.seed, shuffle=True)
    judged = shuffled.group_by("part", maintain_order=True).head(READ)
    return judged.with_columns(languages(judged["input"]).alias("what")).drop_nulls("what")


def _of_languages(judged: pl.DataFrame) -> Finding | None:
    counted = judged.group_by("part", "what").agg(rows=pl.len())
    enough = pl.col("rows") >= pl.max_horizontal(
        pl.lit(LEAST_ROWS), LEAST_SHARE * pl.col("rows").sum().over("part")
    )
    counted = counted.filter(enough)
    known = counted.filter(pl.col("part") == "train")["what"].unique()
    strange = counted.filter(~pl.col("what").is_in(known.implode()))
    if len(strange):
        found = judged.join(strange, on=["part", "what"], how="semi", maintain_order="left")
        return _finding("likely_unseen", found.sort("part", "line"), judged)
    if len(known) > 1:
        main = judged.filter(pl.col("part") == "train")["what"].mode().sort()[0]
        others = pl.col("what").is_in(known.implode()) & (pl.col("what") != main)
        return _finding("likely_mixed", judged.filter(others).sort("part", "line"), judged)
    return None


def _of_the_base(context: AuditContext, judged: pl.DataFrame) -> Finding | None:
    """Texts in languages that the base model's card does not state."""
    stated = context.base_languages() if context.base_languages else frozenset()
    if not stated or ANY in stated or judged.is_empty():
        return None
    other = judged.filter(~pl.col("what").is_in(sorted(stated)))
    if len(other) < max(LEAST_ROWS, LEAST_SHARE * len(judged)):
        return None
    counts = _counts(other)
    share, base = len(other) / len(judged), context.task.models[0]
    return Finding(
        code="language.base",
        severity="warn" if share > FEW else "info",
        title=(
            f"{len(other):,} of {len(judged):,} rows that were judged ({percent(share)}) "
            f"{agreeing(len(other), 'is', 'are')} likely in "
            f"languages that {base} does not state: {_listed(counts)}; its card states "
            f"{', '.join(sorted(stated))}"
        ),
        advice=(
            "Rungs that read words alone, such as `linear`, work in every language. For the rungs "
            f"above name a multilingual base under `models`, such as {MULTILINGUAL}, before any "
            "is tuned."
        ),
        requirement="R23",
        count=len(other),
        rows=references(_without_production(other.sort("part", "line"))),
        numbers={"rows": len(judged), "languages": counts, "stated": sorted(stated)},
    )


def _counts(found: pl.DataFrame) -> dict[str, int]:
    counted = found["what"].value_counts().sort("count", "what", descending=[True, False])
    return {str(what): int(count) for what, count in counted.iter_rows()}


def _listed(counts: Mapping[str, int]) -> str:
    listed = ", ".join(f"{what} {count:,}" for what, count in list(counts.items())[:SHOWN])
    return listed + (", …" if len(counts) > SHOWN else "")


def _without_production(found: pl.DataFrame) -> pl.DataFrame:
    """Rows of the production sample belong to no part."""
    return found.with_columns(pl.when(pl.col("part") != "production").then("part").alias("part"))


def _finding(kind: Kind, found: pl.DataFrame, rows: pl.DataFrame) -> Finding:
    counts = _counts(found)
    listed = _listed(counts)
    likely = kind.startswith("likely")
    what = "language" if likely else "script"
    severity: Severity = "warn" if kind.endswith("unseen") else "info"
    of = f"{len(found):,} of {len(rows):,} rows{' that were judged' if likely else ''}"
    of += f" {agreeing(len(found), 'is', 'are')}"
    if kind.endswith("unseen"):
        title = f"{of}{' likely' if likely else ''} in a {what} that train lacks: {listed}"
        advice = "Collect and label training rows in it, or say who else answers such requests."
    else:
        title = f"{of}{' likely' if likely else ''} not in the main {what}: {listed}"
        advice = f"Check that the base model knows these {what}s, and look at their recall alone."
    return Finding(
        code=f"language.{kind}",
        severity=severity,
        title=title,
        advice=advice,
        requirement="R16",
        count=len(found),
        rows=references(_without_production(found)),
        numbers={"rows": len(rows), f"{what}s": counts},
    )
