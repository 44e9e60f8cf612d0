"""Rows that resemble nothing else in the data: off-topic, or the only one of their kind (R12)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from rungwise.data.normalise import normalised
from rungwise.data.together import together
from rungwise.evaluation.distances import nearest, unit
from rungwise.evaluation.wording import agreeing
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding, RowReference

NEIGHBOURS = 20_000
"""Training texts that every text is compared with; a sample where there are more."""
FAR_OUT = 3.0
"""Interquartile ranges above the upper quartile: Tukey's outer fence (1977, Exploratory Data
Analysis)."""
LEAST = 20
"""Different texts below which quartiles say nothing."""
ROUNDING = 1e-5
"""Cosine distances below this are 0: products of float32 unit vectors are no more exact."""


class Outliers:
    """Finds rows of train and validation whose nearest other training text is far out.

    Distances are cosine distances of embeddings by the frozen base model; far out is Tukey's
    outer fence over the distances of all different texts. Copies (`copies`) are one text: five
    ratings of an item neither make the fence nor hide that nothing else resembles it.
    """

    requirement: ClassVar[str] = "R12"
    title: ClassVar[str] = "Rows that resemble no other row"
    stage: ClassVar[Stage] = "content"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One warning with every such row, the farthest first; or why none was looked for."""
        rows = together({"train": context.train, "validation": context.validation})
        if context.embeddings is None or rows.is_empty():
            return []
        text = normalised(rows["input"]).to_numpy()
        first, text = np.unique(text, return_index=True, return_inverse=True)[1:]
        learnt = np.flatnonzero(first < len(context.train))
        if len(learnt) < LEAST:
            return [_unchecked(rows, f"train has {len(learnt):,} different texts, {LEAST} needed")]
        made = []
        for part in (context.train, context.validation):
            if isinstance(vectors := context.embeddings(part["input"]), str):
                return [_unchecked(rows, vectors)]
            made.append(vectors)
        train, held_out = made
        every = unit(np.concatenate([train, held_out.reshape(-1, train.shape[1])]))[first]
        chosen = learnt[_sample(len(learnt), context.policy.seed)]
        own = np.full(len(first), -1, np.int64)
        own[chosen] = np.arange(len(chosen))
        distances, places = nearest(
            every,
            every[chosen],
            own,
            lambda blocks: context.progress.over(blocks, "Looking for outliers"),
        )
        low, high = np.quantile(distances, [0.25, 0.75])
        if high - low < ROUNDING:
            reason = f"most of {len(first):,} different texts are alike to the model"
            return [_unchecked(rows, f"{reason}, {high:.2f} from the nearest")]
        fence = float(high + FAR_OUT * (high - low))
        far = np.flatnonzero(distances[text] > fence)
        if not len(far):
            return []
        far = far[np.argsort(-distances[text[far]], kind="stable")]
        beside = first[chosen[places[text[far]]]]
        return [_finding(rows, far, beside, distances[text[far]], fence, len(first))]


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
    texts: int,
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
            f"{len(far):,} of {len(rows):,} rows "
            f"{agreeing(len(far), 'resembles', 'resemble')} no other row: the nearest other text "
            f"is more than {fence:.2f} away (cosine distance)"
        ),
        advice=(
            "Read them, the farthest first: drop what is off-topic, and collect more of what is "
            "rare but real."
        ),
        requirement="R12",
        count=len(far),
        rows=references,
        numbers={
            "fence": round(fence, 4),
            "rows": len(rows),
            "texts": texts,
            "farthest": float(distances[0]),
        },
    )


def _unchecked(rows: pl.DataFrame, reason: str) -> Finding:
    return Finding(
        code="outliers.unchecked",
        severity="info",
        title=f"{len(rows):,} rows were not searched for those that resemble no other: {reason}",
        advice="Nothing is said of rows that are off-topic. Read a sample of them.",
        requirement="R12",
        count=len(rows),
        numbers={"rows": len(rows)},
    )
