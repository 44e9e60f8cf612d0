"""Outcome labels: what turned out to be true of a request, joined by id.

Who gets an outcome is rarely chance (a customer complains, a case is reopened), so outcome labels
come with a statement of how their rows were selected. They never count as spot checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rungwise.sample import segments

LABELS = "labels"
SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "label": pl.String(),
        "selection": pl.String(),
        "time": pl.Datetime("us", "UTC"),
    }
)
"""`selection` says how the rows with a label were selected; `time` is when the label came."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of all outcome labels.

    Attributes:
        joined: Kept requests with one label.
        contradicted: Ids with different labels: none of them counts.
        repeated: Labels that say again what an earlier one said.
        unknown: Ids that the sample does not hold: most requests are never kept.
        selections: How rows were selected, each statement once.
    """

    joined: int = 0
    contradicted: int = 0
    repeated: int = 0
    unknown: int = 0
    selections: tuple[str, ...] = ()


def add(folder: Path, labels: pl.DataFrame) -> None:
    """Keep labels, with the columns of `SCHEMA`.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    if len(labels):
        segments.write(folder / LABELS, segments.writer_name(), labels.select(SCHEMA.names()))


def join(folder: Path, rows: pl.DataFrame) -> tuple[pl.DataFrame, Outcomes, tuple[str, ...]]:
    """Put outcome labels beside kept requests.

    Args:
        folder: Of the sample.
        rows: With a column `id` (n).

    Returns:
        The rows with a column `label` (n), the counts, and the files that are torn.
    """
    kept, torn = [SCHEMA.to_frame()], []
    for path in segments.files(folder / LABELS):
        found = segments.read(path)
        if found is None:
            torn.append(f"{LABELS}/{path.name}")
        else:
            kept.append(found.select(SCHEMA.names()).cast(SCHEMA))
    told = pl.concat(kept)
    one = told.group_by("id").agg(
        pl.col("label").first(), pl.col("label").n_unique().alias("kinds"), pl.len().alias("count")
    )
    single = one.filter(pl.col("kinds") == 1)
    joined = rows.join(single.select("id", "label"), on="id", how="left", maintain_order="left")
    counts = Outcomes(
        int(joined["label"].is_not_null().sum()),
        int((one["kinds"] > 1).sum()),
        int((single["count"] - 1).sum()),
        int((~one["id"].is_in(rows["id"].implode())).sum()),
        tuple(told["selection"].drop_nulls().unique(maintain_order=True)),
    )
    return joined, counts, tuple(torn)
