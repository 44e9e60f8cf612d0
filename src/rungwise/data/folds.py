"""Folds over train and validation, cut once at the split, for measuring by cross-validation.

They are cut over the rows as they were divided, label by label, whole clusters of copies, near
copies and groups at a time: the clusters that the split itself used. Where the parts follow each
other in time, so do the folds, and each is answered by models of the rows before it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.division import divide
from rungwise.data.time_division import forward_folds
from rungwise.plugins import kind_of
from rungwise.task import Task

FOLDS = 5
LEAST = 3
"""Folds at least: one is answered, one chooses the settings, and one is left to learn from."""
BELOW = "cross_validate_below"
"""Among a split's numbers: what few validation rows were when it was made."""
SCHEMA = pl.Schema({"id": pl.String(), "fold": pl.Int8()})
"""One row of train or validation each; `fold` counts from 0, and is -1 for a row that is learnt
from and never answered: the oldest rows, where folds run forward."""

Integers = NDArray[np.int64]


def of_parts(
    parts: Mapping[str, pl.DataFrame],
    divided: Collection[str],
    source: pl.DataFrame,
    clusters: Integers,
    task: Task,
) -> pl.DataFrame | None:
    """The folds of a split; None where rungs are measured on the validation part alone.

    Args:
        parts: Rows of each part.
        divided: Names of the parts that the source was divided into.
        source: The rows that were divided (n).
        clusters: Cluster of each of them (n), numbered by content and not by place.
        task: Its `policy.cross_validate_below` says what few validation rows are.
    """
    if not kind_of(task).folds or "validation" not in divided:
        return None
    if len(parts["validation"]) >= task.policy.cross_validate_below:
        return None
    ids = pl.concat([parts[name]["id"] for name in ("train", "validation")])
    held = source["id"].is_in(ids.implode())
    rows, cluster = source.filter(held), clusters[held.to_numpy()]
    if task.data.by_time:
        times = rows["time"].str.to_datetime(time_unit="us").cast(pl.Int64).to_numpy()
        return forward(rows["id"], times, cluster)
    labels = (rows["expected"].rank("dense").cast(pl.Int64) - 1).to_numpy()
    return stratified(rows["id"], labels, cluster, task.policy.seed)


def stratified(
    ids: pl.Series, labels: Integers, clusters: Integers, seed: int
) -> pl.DataFrame | None:
    """A fold for every row (`SCHEMA`), each with its share of every label.

    Returns None if there are too few clusters (`LEAST`).
    """
    _, cluster = np.unique(clusters, return_inverse=True)
    count = min(FOLDS, int(cluster.max()) + 1)
    if count < LEAST:
        return None
    chosen = divide(labels, cluster, (1 / count,) * count, seed)
    present, fold = np.unique(chosen, return_inverse=True)
    return None if len(present) < LEAST else _table(ids, fold)


def forward(ids: pl.Series, times: Integers, clusters: Integers) -> pl.DataFrame | None:
    """A fold for every row (`SCHEMA`), from the oldest to the newest; None if too few times."""
    try:
        return _table(ids, forward_folds(times, clusters, FOLDS))
    except ValueError:
        return None


def _table(ids: pl.Series, fold: NDArray[np.int64] | NDArray[np.int8]) -> pl.DataFrame:
    return pl.DataFrame({"id": ids, "fold": pl.Series(fold, dtype=pl.Int8)}, SCHEMA)


def half_of(rows: pl.DataFrame, classes: Sequence[str], seed: int) -> pl.DataFrame:
    """Half of the rows, drawn at random from each class; every class is among them.

    Without classes, half of all: texts to write are mostly unlike each other, and one of each
    would be every row.
    """
    labels = np.zeros(len(rows), np.int64)
    if classes:
        labels = (rows["expected"].rank("dense").cast(pl.Int64) - 1).to_numpy()
    part = divide(labels, np.arange(len(rows)), (0.5, 0.5), seed)
    return rows.filter(pl.Series(part == 0))


def said(folds: pl.DataFrame, validation: int, task: Task) -> str:
    """What is inferred, in words."""
    answered = folds.filter(pl.col("fold") >= 0)
    others = "the other folds" if len(answered) == len(folds) else "older rows"
    return (
        f"rungs are measured by cross-validation: validation has {validation:,} rows, fewer than "
        f"{task.policy.cross_validate_below:,} (policy.cross_validate_below); {len(answered):,} "
        f"rows of train and validation are cut into {answered['fold'].n_unique()} folds, and each "
        f"is answered by models of {others}"
    )
