"""Looking for a group column that nobody named: in names, in numbers, in templates (R21).

`conv12-3` says that it is the third of conversation 12. `num_108719` and `num_108723` say only
that they were made one after another; where such neighbours are also nearly identical, and the
next is not, they are a series of one thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
NUMBER = r"[0-9]+"
FIELDS = 8
"""Numbers in a name that are looked at."""
LEAST_GROUPS = 10
"""Fewer are a property of the rows, not groups that could be held out."""
PAIRS = 10_000
"""Random pairs that show how alike unrelated rows are."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a group.

    Attributes:
        what: Where it was found, in words.
        groups: Group number of each row (n).
    """

    what: str
    groups: Integers


def candidates(names: Mapping[str, pl.Series], features: Floats) -> Iterator[Candidate]:
    """Every grouping that is neither one row a group nor a few groups in all.

    Args:
        names: What a column holds → its strings (n), or null: ids, customers, file names, texts.
        features: float32 (n, d); rows are compared by the correlation of their features.
    """
    alike = _scaled(features)
    for column, values in names.items():
        yield from _plausible(f"the {column}", values)
        yield from _plausible(f"the {column} without its last number", _without_last(values))
        yield from _plausible(
            f"the {column} but for its numbers", values.str.replace_all(NUMBER, "#")
        )
        numbers = values.str.extract_all(NUMBER).list.head(FIELDS)
        most = int(numbers.list.len().max() or 0)  # type: ignore[arg-type]
        for place in range(most):
            field = numbers.list.get(place, null_on_oob=True)
            yield from _plausible(f"number {place + 1} of the {column}", field)
            if (series := _series(field.cast(pl.Float64), alike)) is not None:
                what = f"near-identical neighbours by number {place + 1} of the {column}"
                yield from _plausible(what, pl.Series(series))


def _without_last(values: pl.Series) -> pl.Series:
    """`conv12-3` → `conv12-`, `a/b_7.jpg` → `a/b_.jpg`."""
    return values.str.replace(r"[0-9]+([^0-9]*)$", "$1")


def _plausible(what: str, values: pl.Series) -> Iterator[Candidate]:
    known = (values.cast(pl.String).rank("dense").cast(pl.Int64) - 1).rename("group")
    alone = pl.int_range(len(values), eager=True) + len(values)
    # A row that lacks the value is a group of its own.
    groups = np.unique(known.fill_null(alone).to_numpy(), return_inverse=True)[1]
    sizes = np.bincount(groups) if len(groups) else np.empty(0, np.int64)
    several = sizes[sizes > 1].sum()
    if len(sizes) >= LEAST_GROUPS and several >= len(groups) / 2 and sizes.max() <= len(groups) / 2:
        yield Candidate(what, groups)


def _scaled(features: Floats) -> Floats:
    """Rows with mean 0 and length 1, so that products are correlations."""
    centred = features - features.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    scaled: Floats = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    return scaled


def _series(number: pl.Series, alike: Floats) -> Integers | None:
    """Runs of neighbours by number that are nearly identical; None where none stand out."""
    if number.null_count() or len(number) < 3 * LEAST_GROUPS:
        return None
    order = number.arg_sort().to_numpy()
    similar = np.einsum("nd,nd->n", alike[order[1:]], alike[order[:-1]])
    threshold = otsu(similar)
    generator = np.random.default_rng(21)
    first, second = generator.integers(0, len(order), (2, PAIRS))
    unrelated = np.einsum("nd,nd->n", alike[first], alike[second])[first != second]
    # Half of the neighbours must be more alike than nearly all unrelated rows are.
    if np.median(similar) <= max(threshold, np.quantile(unrelated, 0.95)):
        return None
    groups = np.empty(len(order), np.int64)
    groups[order] = np.concatenate([[0], np.cumsum(similar <= threshold)])
    return groups


def otsu(values: NDArray[np.floating]) -> float:
    """The value that parts numbers into two classes with the least variance (Otsu 1979)."""
    ordered = np.sort(values.astype(np.float64))
    count = np.arange(1, len(ordered))
    total = np.cumsum(ordered)
    below, above = total[:-1] / count, (total[-1] - total[:-1]) / count[::-1]
    between = count * count[::-1] * (above - below) ** 2
    place = int(np.argmax(between))
    return float((ordered[place] + ordered[place + 1]) / 2)
