"""How far a pair stands out among the other pairs of its two rows.

In a file where every question resembles ten others, a likeness of .8 says little; where the next
best is .5 it says much. What is missing to the next best is never held against a pair: of three
copies of one text none stands out, and all are copies.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rungwise.data.near.likeness import Floats, Likeness

UNRELATED = 0.5
"""Share of letters in order that unrelated sentences of one language have in common."""


class Leads:
    """The two best pairs of every row, of all pairs shown so far.

    The more pairs were shown, the less a pair stands out: a lead never grows.
    """

    def __init__(self, rows: int) -> None:
        self._best = [np.full((2, rows), least, np.float32) for least in (UNRELATED, 0.0)]

    def show(self, letters: Floats, words: Floats, pairs: NDArray[np.int64]) -> None:
        """Look at further pairs (pairs, 2) and their shares (pairs)."""
        for share, best in zip((letters, words), self._best, strict=True):
            _take(share, pairs, best)

    def of(self, letters: Floats, words: Floats, pairs: NDArray[np.int64]) -> Floats:
        """By letters and by words, the lead at the row where it is larger (pairs, 2)."""
        shares = zip((letters, words), self._best, strict=True)
        return np.stack([_lead(share, pairs, *best) for share, best in shares], axis=1)


def standing_out(like: Likeness, pairs: NDArray[np.int64]) -> Floats:
    """The leads of pairs among themselves (pairs, 2)."""
    leads = Leads(int(pairs.max(initial=-1)) + 1)
    leads.show(like.letters, like.words, pairs)
    return leads.of(like.letters, like.words, pairs)


def _lead(share: Floats, pairs: NDArray[np.int64], best: Floats, next_best: Floats) -> Floats:
    leads = []
    for side in pairs.T:
        beside = np.where(share >= best[side], next_best[side], best[side])
        leads.append(np.maximum(share - beside, 0))
    larger: Floats = np.maximum(*leads)
    return larger


def _take(share: Floats, pairs: NDArray[np.int64], best: Floats) -> None:
    """Have the shares of each row's pairs among its two best (2, rows), where they belong."""
    touched, place = np.unique(pairs.T.ravel(), return_inverse=True)
    row = np.concatenate([place, np.tile(np.arange(len(touched)), 2)])
    value = np.concatenate([np.tile(share, 2), *best[:, touched]])
    order = np.lexsort((-value, row))
    row, value = row[order], value[order]
    opens = np.flatnonzero(np.append(True, row[1:] != row[:-1])[: len(row)])
    # Each row has its two best of before, so the second place is the row's as well.
    best[:, touched] = value[opens], value[opens + 1]
