"""`python -m benchmarks.audit.agreement`: alpha and consensus of three people's judgements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

import krippendorff
import numpy as np
import polars as pl

from benchmarks.audit.data import folder
from benchmarks.rows import Row, arguments, show
from benchmarks.timing import alternate
from rungwise.evaluation.agreement import Counts, krippendorff_alpha
from rungwise.evaluation.consensus import dawid_skene
from rungwise.evaluation.ratings import Ratings

REPEATS = 5
TILES = 300
"""The 999 judged pairs, so many times over, are a large annotation campaign."""


def main() -> None:
    """Run the comparison as the command line says."""
    told = arguments(__doc__).parse_args()
    show(rows(), as_json=told.json)


def rows() -> Iterator[Row]:
    """Every row of this comparison."""
    judged = read()
    majority = np.array([np.bincount(row).argmax() for row in judged])
    name = f"preference_pandalm, {judged.size:,} ratings"
    us, them = ours(judged), peer(judged)
    equal = "equal to 1e-12" if abs(us - them) < 1e-12 else f"differs by {abs(us - them):.1e}"
    yield Row(f"{name}: alpha, {equal}", "alpha", us, them, "krippendorff", us, them)
    told = ratings(judged)
    found = dawid_skene(told).label.cast(pl.Int64).to_numpy()
    same = float((found == majority[told.items.cast(pl.Int64).to_numpy()]).mean())
    yield Row(f"{name}: consensus is the authors' majority", "share", same, 1.0, "majority of 3")
    many = np.tile(judged, (TILES, 1))
    ran, peers = alternate(partial(ours, many), partial(peer, many), REPEATS)
    yield Row(f"{many.size:,} ratings: alpha, ours from strings, theirs from integers", "seconds",
              ran.seconds, peers.seconds, "krippendorff", ran.quality, peers.quality)  # fmt: skip


def read() -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Labels 0 to 2 (items, annotators)."""
    file = folder("preference_pandalm") / "pandalm_testset.jsonl"
    lines = file.read_text(encoding="utf-8").strip().split("\n")
    return np.array([json.loads(line)["annotators"] for line in lines])


def ratings(judged: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> Ratings:
    """The same as columns of strings, as the audit meets them."""
    items, people = judged.shape
    columns = (np.repeat(np.arange(items), people), np.tile(np.arange(people), items))
    item, person = (pl.Series(column).cast(pl.String) for column in columns)
    return Ratings.of(item, person, pl.Series(judged.ravel()).cast(pl.String))


def ours(judged: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> float:
    """From strings, as in the audit."""
    value = krippendorff_alpha(Counts.of(ratings(judged)))
    assert value is not None, "three labels occur"
    return value


def peer(judged: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> float:
    """From integers, as the package wants them."""
    return float(krippendorff.alpha(judged.T, level_of_measurement="nominal"))


if __name__ == "__main__":
    main()
