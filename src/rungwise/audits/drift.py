"""What a model loses on the newest rows because it learnt from older ones (R77)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.copies import clusters
from rungwise.data.near.vectors import vectors
from rungwise.data.times import read_times
from rungwise.data.together import together
from rungwise.errors import DataError
from rungwise.plugins import kind_of, modality_of
from rungwise.protocols import AuditContext
from rungwise.records import Finding
from rungwise.rules import rules_of

ROWS = 4_000
"""Rows that are looked at; more change the answer little and cost seconds."""
LEAST = 200
"""Rows below which a difference of a few points cannot be told from chance."""


class Drift:
    """Compares two models on the newest rows of train and validation: one of older rows, one of
    equally many random others.

    Only labelled texts with a time are looked at, the sealed part never. The models are linear, on
    embeddings of the frozen base model, or on words if there are none.
    """

    requirement: ClassVar[str] = "R77"
    title: ClassVar[str] = "Drift over time"
    stage: ClassVar[Literal["structure", "content"]] = "content"
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One finding: a warning if the model of older rows is worse beyond the interval."""
        task = context.task
        if not kind_of(task).labels or task.data.time is None or rules_of(context.split) < 2:
            return []
        rows = together({"train": context.train, "validation": context.validation})
        features = _embeddings(context)
        try:
            told = read_times(rows["time"], task.data.time, task.data.source, _form(context))
        except DataError as error:
            return [_unread(error)]
        rows = rows.with_columns(told.micros.alias("micros")).with_row_index("place")
        rows = rows.filter(pl.col("micros").is_not_null())
        if len(rows) > ROWS:
            rows = rows.sample(ROWS, seed=context.policy.seed, shuffle=False)
        if len(rows) < LEAST or rows["micros"].n_unique() < 2 or rows["expected"].n_unique() < 2:
            return []
        places = rows["place"].to_numpy()
        seen = vectors(rows["input"], context.policy.seed) if features is None else features[places]
        return [_finding(rows, seen, context, on="words" if features is None else "embeddings")]


def _form(context: AuditContext) -> str | None:
    """How times are written in the parts: as the file has them, unless they divided the rows."""
    return None if context.task.data.by_time else context.task.data.time_format


def _embeddings(context: AuditContext) -> NDArray[np.float32] | None:
    """Of train and then of validation, which the rungs compute alike; None if there are none."""
    count = len(context.train) + len(context.validation)
    if context.embeddings is None or count > context.policy.out_of_fold_rows:
        return None
    found = [context.embeddings(part["input"]) for part in (context.train, context.validation)]
    whole = [one for one in found if not isinstance(one, str)]
    return np.concatenate(whole) if len(whole) == len(found) else None


def _unread(error: DataError) -> Finding:
    return Finding(
        code="drift.unread",
        severity="info",
        title=f"Drift over time was not looked for: {error.fact}",
        advice="Say how times are written: `data.time_format`.",
        requirement="R77",
    )


def _finding(
    rows: pl.DataFrame, features: NDArray[np.float32], context: AuditContext, *, on: str
) -> Finding:
    from rungwise.training.drift_probe import drift_probe

    scored = drift_probe(
        np.asarray(features, np.float32),
        (rows["expected"].rank("dense").cast(pl.Int64) - 1).to_numpy(),
        rows["micros"].to_numpy(),
        clusters(modality_of(context.task).copy_keys(rows["input"]), rows["group"]).to_numpy(),
        seed=context.policy.seed,
        level=context.policy.confidence,
    )
    since = datetime.fromtimestamp(scored.since / 1e6, UTC)
    worse = scored.low > 0
    compared = (
        f"on the {scored.answered:,} newest rows (since {since:%Y-%m-%d}) a model of the "
        f"{scored.learnt:,} rows before them has accuracy {scored.older:.3f}, and one of equally "
        f"many random others {scored.others:.3f}: {scored.lost:+.3f} "
        f"[{scored.low:+.3f}, {scored.high:+.3f}]"
    )
    by_time = context.task.data.by_time
    advice = "Nothing to do. An interval that reaches far above 0 needs more rows to tell."
    if worse:
        advice = (
            "The test part is the newest rows, so its number holds for now. Plan to label new rows "
            "and to train again; `rungwise checklist` has where to write down what triggers it."
            if by_time
            else "A test drawn at random promises more than tomorrow will give: set "
            "`data.split: time`, label new rows, and plan to train again."
        )
    return Finding(
        code="drift",
        severity="warn" if worse else "info",
        title=f"{'Older rows teach less' if worse else 'No drift beyond chance'}: {compared}",
        advice=advice,
        requirement="R77",
        count=scored.answered,
        numbers={"on": on, **asdict(scored), "since": f"{since:%Y-%m-%dT%H:%M:%S}"},
    )
