"""A few rows that stand for many: drawn by what they say and how long they are (R31)."""

from __future__ import annotations

import numpy as np
import polars as pl

from rungwise.data.near.vectors import vectors

CLUSTERS, LENGTHS = 20, 3


def representative_rows(rows: pl.DataFrame, count: int, seed: int) -> pl.DataFrame:
    """At most `count` rows, in their order.

    Rows are clustered by their words and each cluster is parted by length; each stratum gives as
    many rows as its share asks, by largest remainder, drawn at random within it.

    Args:
        rows: With the column `input`.
        count: How many.
        seed: Of the clusters and the draw.
    """
    if len(rows) <= count:
        return rows
    from sklearn.cluster import KMeans

    features = vectors(rows["input"], seed)
    distinct = len(np.unique(features, axis=0))  # texts of the same words are one point
    clusters = min(CLUSTERS, count // LENGTHS + 1, distinct)
    told = KMeans(clusters, random_state=seed, n_init=1).fit_predict(features)
    length = rows["input"].str.len_chars().rank("ordinal").to_numpy() - 1
    stratum = told * LENGTHS + length * LENGTHS // len(rows)
    codes, sizes = np.unique(stratum, return_counts=True)
    wanted = sizes * count / len(rows)
    taken = np.floor(wanted).astype(np.int64)
    for place in np.argsort(taken - wanted, kind="stable")[: count - taken.sum()]:
        taken[place] += 1
    generator = np.random.default_rng(seed)
    chosen = [
        generator.choice(np.flatnonzero(stratum == code), size, replace=False)
        for code, size in zip(codes, taken, strict=True)
    ]
    places: list[int] = np.sort(np.concatenate(chosen)).tolist()
    return rows.select(pl.all().gather(places))
