"""Rows that resemble nothing else in the data: off-topic, or the only one of their kind (R12)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from rungwise.data.together import together
from rungwise.evaluation.distances import nearest, unit
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding, RowReference

NEIGHBOURS = 20_000
"""Training rows that every row is compared with; a sample where there are more."""
FAR_OUT = 3.0
"""Interquartile ranges above the upper quartile: Tukey's outer fence (1977, Exploratory Data
Analysis)."""


class Outliers:
    """Finds rows of train and validation whose nearest training row is far out.

    Distances are cosine distances of embeddings by the frozen base model; far out is Tukey's
    outer fence over the distances of all rows. Copies count as neighbours, so that a repeated
    off-topic row is not found; `copies` shows those.
    """

    requirement: ClassVar[str] = "R12"
    title: ClassVar[str] = "Rows that resemble no other row"
    stage: ClassVar[Stage] = "content"
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One warning with every such row, the farthest first, beside its nearest row."""
        if context.embeddings is None or len(context.train) < 2:
            return []
        train = context.embeddings(context.train["input"])
        held_out = context.embeddings(context.validation["input"])
        if isinstance(train, str) or isinstance(held_out, str):
            return []
        rows = together({"train": context.train, "validation": context.validation})
        chosen = _sample(len(context.train), context.policy.seed)
        own = np.full(len(rows), -1, np.int64)
        own[chosen] = np.arange(len(chosen))
        vectors = unit(np.concatenate([train, held_out.reshape(-1, train.shape[1])]))
        distances, places = nearest(
            vectors,
            vectors[chosen],
            own,
            lambda blocks: context.progress.over(blocks, "Looking for outliers"),
        )
        low, high = np.quantile(distances, [0.25, 0.75])
        fence = float(high + FAR_OUT * (high - low))
        far = np.flatnonzero(distances > fence)
        if not len(far) or high == low:
            return []
        far = far[np.argsort(-distances[far], kind="stable")]
        return [_finding(rows, far, chosen[places[far]], distances[far], fence)]


def _sample(rows: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if rows <= NEIGHBOURS:
        return np.arange(rows)
    chosen = np.random.default_rng(seed).choice(rows, NEIGHBOURS, replace=False)
    return np.sort(chosen).astype(np.int64)


def _finding(
    rows: pl.DataFrame,
    far: np.ndarray[tuple[int], np.dtype[np.int64]],
    beside: np.ndarray[tuple[int], np.dtype[np.int64]],
    distances: np.ndarray[tuple[int], np.dtype[np.float32]],
    fence: float,
) -> Finding:
    own = rows[far].select("id", "part", "line").iter_rows()
    other = rows[beside].select("id", "part", "line").iter_rows()
    references = tuple(
        RowReference(id, part, line, round(float(distance), 4), RowReference(*near))
        for (id, part, line), near, distance in zip(own, other, distances, strict=True)
    )
    return Finding(
        code="outliers",
        severity="warn",
        title=(
            f"{len(far):,} of {len(rows):,} rows resemble no other row: their nearest one is more "
            f"than {fence:.2f} away (cosine distance)"
        ),
        advice=(
            "Read them, the farthest first: drop what is off-topic, and collect more of what is "
            "rare but real."
        ),
        requirement="R12",
        count=len(far),
        rows=references,
        numbers={"fence": round(fence, 4), "rows": len(rows), "farthest": float(distances[0])},
    )
