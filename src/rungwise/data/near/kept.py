"""Which near copies a division keeps together, so that validation foretells the test (C4, R21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.near.nearness import NEAR, SURE
from rungwise.data_section import Depth
from rungwise.percent import percent
from rungwise.progress import Progress
from rungwise.protocols import Near, NearPairs

AS_OFTEN = 0.5
"""Of the rate at which source rows resemble each other: a test part that resembles the source at
less was drawn apart from it, and one drawn at random would be at about 1."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The near copies that stay in one part.

    Attributes:
        pairs: Positions of source rows (pairs, 2).
        numbers: How many, how they were looked for, and from which score they stay together.
        said: The same in words.
    """

    pairs: NDArray[np.int64]
    numbers: dict[str, Any]
    said: str


def kept_together(
    source: pl.Series,
    test: pl.Series | None,
    others: pl.Series,
    depth: Depth,
    progress: Progress,
    near_pairs: Near,
) -> Kept:
    """Near copies of the source that must not straddle its parts.

    All of them, unless the user's own test part nearly repeats source rows about as often as
    source rows nearly repeat each other: then the world repeats itself, and validation drawn
    apart from it would rank models for another test. All but sure near copies stay together
    even so.

    Args:
        source: Texts to be divided (n).
        test: Texts of the user's own test part, where there is one.
        others: Texts of further parts of the user's: what a word tells depends on all rows.
        depth: How thoroughly near copies are looked for.
        progress: Where to report.
        near_pairs: What finds them.
    """
    tested = source.clear() if test is None else test
    near = near_pairs(pl.concat([source, tested, others]), depth, progress)
    rows, test_rows = len(source), slice(len(source), len(source) + len(tested))
    from_score, why = NEAR, ""
    numbers: dict[str, Any] = {"depth": depth}
    if test is not None:
        within = _share_near(near, slice(rows), slice(rows))
        across = _share_near(near, test_rows, slice(rows))
        numbers |= {"near_share_source": within, "near_share_test": across}
        if across and across >= AS_OFTEN * within:
            from_score = SURE
            why = (
                f" from score {SURE} on, for {percent(across, 1)} of your test rows nearly repeat "
                f"a source "
                f"row, as {percent(within, 1)} of the source rows nearly repeat another: "
                f"validation is "
                "drawn as your test was"
            )
    kept = NearPairs(
        near.number, near.pairs[near.score >= from_score], near.score[near.score >= from_score]
    )
    pairs = kept.rows(among=rows)
    numbers |= {"near_pairs": len(pairs), "near_score": from_score}
    return Kept(pairs, numbers, f"{len(pairs):,} pairs stay together{why}")


def _share_near(near: NearPairs, rows: slice, beside: slice) -> float:
    """The share of `rows` that have a near copy, of another text, in `beside`."""
    there = np.zeros(int(near.number.max(initial=-1)) + 1, bool)
    there[near.number[beside][near.number[beside] >= 0]] = True
    one, other = near.pairs.T
    resembles = np.zeros_like(there)
    resembles[one[there[other]]] = True
    resembles[other[there[one]]] = True
    text = near.number[rows]
    return float(np.mean(resembles[text] & (text >= 0))) if len(text) else 0.0
