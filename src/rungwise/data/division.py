"""Dividing clusters of rows among parts so that every label keeps its share in every part.

Clusters of several rows are placed one by one, the largest first, each where it brings the
parts nearest to their shares (as scikit-learn's StratifiedGroupKFold does for folds); single
rows, which any real file has most of, then fill what is missing, label by label.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

TRAIN = 0


def divide(labels: Integers, clusters: Integers, shares: tuple[float, ...], seed: int) -> Integers:
    """Give every row a part.

    Args:
        labels: Label of each row, 0 to L-1 (n).
        clusters: Cluster of each row, 0 to C-1 (n), numbered by content and not by place, so
            that the division does not depend on the order of the rows.
        shares: Share of each part; they add up to 1, and part 0 is train.
        seed: Decides among equals.

    Returns:
        Part of each row (n). No cluster is in two parts, and every label is in train.
    """
    count = int(clusters.max()) + 1
    sizes = np.bincount(clusters, minlength=count)
    priority = np.random.default_rng(seed).permutation(count)
    totals = np.bincount(labels)
    target = np.outer(shares, totals)
    part = np.full(count, TRAIN, np.int64)
    placed = _place_clusters(labels, clusters, sizes, priority, target, part)
    _place_rows(labels, clusters, sizes, priority, target, placed, part)
    _bring_every_label_to_train(labels, clusters, sizes, priority, part)
    return part[clusters]


def _place_clusters(
    labels: Integers, clusters: Integers, sizes: Integers, priority: Integers,
    target: Floats, part: Integers,
) -> Floats:  # fmt: skip
    """Place clusters of several rows; returns how many rows of each label each part has."""
    placed = np.zeros_like(target)
    whole = target.sum(axis=1)
    filled = np.zeros(len(whole))
    rows = np.flatnonzero(sizes[clusters] > 1)
    pairs, counts = np.unique(np.stack([clusters[rows], labels[rows]]), axis=1, return_counts=True)
    several, begin = np.unique(pairs[0], return_index=True)
    end = np.append(begin[1:], len(counts))
    for place in np.lexsort((priority[several], -sizes[several])).tolist():
        cluster, span = several[place], slice(begin[place], end[place])
        held, amount = pairs[1][span], counts[span]
        size = sizes[cluster]
        by_label = amount * (2 * (placed[:, held] - target[:, held]) + amount) / target[:, held]
        by_size = size * (2 * (filled - whole) + size) / whole
        chosen = int(np.argmin(by_label.sum(axis=1) + by_size))
        part[cluster] = chosen
        placed[chosen, held] += amount
        filled[chosen] += size
    return placed


def _place_rows(
    labels: Integers, clusters: Integers, sizes: Integers, priority: Integers,
    target: Floats, placed: Floats, part: Integers,
) -> None:  # fmt: skip
    """Place single rows: of each label, the first by priority go where rows are missing."""
    rows = np.flatnonzero(sizes[clusters] == 1)
    order = rows[np.lexsort((priority[clusters[rows]], labels[rows]))]
    label = labels[order]
    available = np.bincount(label, minlength=target.shape[1])
    place = np.arange(len(order)) - np.searchsorted(label, label)
    available -= (placed[TRAIN] == 0) & (available > 0)
    begin = np.zeros_like(available)
    for chosen in range(1, len(target)):
        missing = np.clip(target[chosen] - placed[chosen], 0, available)
        wanted = round(float(target[chosen].sum() - placed[chosen].sum()))
        quota = _apportioned(missing, wanted, available, np.random.default_rng(chosen))
        mine = (place >= begin[label]) & (place < (begin + quota)[label])
        part[clusters[order[mine]]] = chosen
        begin = begin + quota
        available = available - quota


def _apportioned(
    missing: Floats, wanted: int, available: Integers, generator: np.random.Generator
) -> Integers:
    """Whole rows of each label (L) that add up to `wanted` as nearly as `available` allows.

    Largest remainders (Hamilton's method) with ties broken at random.
    """
    quota = np.floor(missing).astype(np.int64)
    remainder = missing - quota
    remainder[quota >= available] = 0
    order = np.lexsort((generator.permutation(len(quota)), -remainder))
    seats = min(max(0, wanted - int(quota.sum())), int((remainder > 0).sum()))
    quota[order[:seats]] += 1
    return quota


def _bring_every_label_to_train(
    labels: Integers, clusters: Integers, sizes: Integers, priority: Integers, part: Integers
) -> None:
    """Move the smallest cluster of each label that train lacks: unseen labels are unlearnable."""
    seen = np.zeros(int(labels.max()) + 1, bool)
    seen[labels[part[clusters] == TRAIN]] = True
    for label in np.unique(labels):
        if seen[label]:
            continue
        holders = np.unique(clusters[labels == label])
        moved = holders[np.lexsort((priority[holders], sizes[holders]))[0]]
        part[moved] = TRAIN
        seen[labels[clusters == moved]] = True
