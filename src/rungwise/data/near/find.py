"""Near copies among texts: exact copies collapse first, then pairs are proposed and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.near import minhash, rare_terms
from rungwise.data.near.likeness import likeness
from rungwise.data.near.nearness import NEAR, nearness
from rungwise.data.near.rewritten import rewritten
from rungwise.data.near.spoken import spoken
from rungwise.data.near.words import words
from rungwise.data.normalise import normalised
from rungwise.progress import Progress
from rungwise.task import Depth


@dataclass(frozen=True, slots=True)
class NearPairs:
    """Which texts are near copies of which.

    Attributes:
        text: The distinct normalised text of each row (n), int64; -1 where nothing is left.
        pairs: Distinct texts that are near copies (pairs, 2), the smaller first, sorted.
        score: How sure that is (pairs), float32 from `NEAR` to 1.
    """

    text: NDArray[np.int64]
    pairs: NDArray[np.int64]
    score: NDArray[np.float32]

    def rows(self, among: int | None = None) -> NDArray[np.int64]:
        """The pairs as positions of the first row of each text (pairs, 2).

        Args:
            among: Only pairs of texts that the first so many rows have; all rows unless given.
        """
        known, first = np.unique(self.text[:among], return_index=True)
        pairs = self.pairs[np.isin(self.pairs, known).all(axis=1)]
        return first[np.searchsorted(known, pairs)]


@dataclass(frozen=True, slots=True)
class Found:
    """Near copies among distinct texts: `pairs` (pairs, 2) int64 and `score` (pairs) float32."""

    pairs: NDArray[np.int64]
    score: NDArray[np.float32]


def among(distinct: pl.Series, depth: Depth, progress: Progress) -> Found:
    """Find them among normalised texts.

    Args:
        distinct: Sorted, each once, none empty.
        depth: `fast` proposes by MinHash, in time that grows with the rows alone; `deep` by
            every rare word that two rows share.
        progress: Where to report.
    """
    taken = words(distinct)
    proposed = (minhash if depth == "fast" else rare_terms).propose(taken, progress)
    like = likeness(distinct, taken, proposed, progress)
    score = np.maximum(nearness(like, proposed), rewritten(taken, proposed))
    return Found(proposed[score >= NEAR], score[score >= NEAR])


Search = Callable[[pl.Series, Depth, Progress], Found]


def near_pairs(
    texts: pl.Series, depth: Depth, progress: Progress, search: Search = among
) -> NearPairs:
    """Find them; the result depends on the texts, not on their order.

    Args:
        texts: Raw inputs (n), without null.
        depth: See `among`.
        progress: Where to report.
        search: `among`, or what remembers its results.
    """
    folded = normalised(spoken(texts)).rename("text")
    distinct = folded.unique().sort()
    distinct = distinct.filter(distinct != "")
    numbered = distinct.to_frame().with_row_index("number")
    number = folded.to_frame().join(numbered, on="text", how="left", maintain_order="left")
    text = number["number"].cast(pl.Int64).fill_null(-1).to_numpy()
    found = search(distinct, depth, progress)
    return NearPairs(text, found.pairs, found.score)
