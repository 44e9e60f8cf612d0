"""Judging the pairs that were proposed, in memory that grows with the near copies among them.

How far a pair stands out is known when every pair of its rows has been seen, and can only fall
until then. So pairs are compared some at a time, and one that is no near copy beside those seen so
far is dropped for good; what stays is judged once more at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.near.likeness import Comparison, Floats
from rungwise.data.near.nearness import NEAR, nearness, unled
from rungwise.data.near.rewritten import rewritten
from rungwise.data.near.standing_out import Leads
from rungwise.data.near.words import Words
from rungwise.progress import Progress

CHUNK = 100_000
"""Pairs at a time; about 400 bytes each while they are compared."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """Pairs (pairs, 2) and what their score is made of (pairs)."""

    pairs: NDArray[np.int64]
    letters: Floats
    words: Floats
    unled: NDArray[np.float64]
    rewritten: Floats

    def score(self, leads: Leads) -> Floats:
        near = nearness(self.unled, leads.of(self.letters, self.words, self.pairs))
        score: Floats = np.maximum(near, self.rewritten)
        return score

    def only(self, which: NDArray[np.bool_]) -> _Judged:
        return _Judged(*(getattr(self, field.name)[which] for field in fields(self)))


def judged(
    texts: pl.Series,
    words: Words,
    proposed: NDArray[np.int64],
    progress: Progress,
    chunk: int = CHUNK,
) -> tuple[NDArray[np.int64], Floats]:
    """The near copies among pairs of rows.

    Args:
        texts: Normalised texts (n).
        words: The same texts taken apart.
        proposed: Row numbers (pairs, 2), each pair once.
        progress: Where to report.
        chunk: Pairs at a time; the result does not depend on it.

    Returns:
        Those that score `NEAR` or more (found, 2), in the same order, and their scores (found).
    """
    comparison, leads = Comparison(texts, words), Leads(len(texts))
    begins = range(0, len(proposed), chunk) or (0,)
    stay = []
    for begin in progress.over(begins, "comparing near copies", len(begins)):
        pairs = proposed[begin : begin + chunk]
        like = comparison.likeness(pairs)
        leads.show(like.letters, like.words, pairs)
        seen = _Judged(pairs, like.letters, like.words, unled(like), rewritten(words, pairs))
        stay.append(seen.only(seen.score(leads) >= NEAR))
    parts = ([getattr(one, field.name) for one in stay] for field in fields(_Judged))
    last = _Judged(*map(np.concatenate, parts))
    score = last.score(leads)
    return last.pairs[score >= NEAR], score[score >= NEAR]
