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


def standing_out(like: Likeness, pairs: NDArray[np.int64]) -> Floats:
    """By letters and by words, the lead at the row where it is larger (pairs, 2)."""
    leads = [_lead(like.letters, pairs, UNRELATED), _lead(like.words, pairs, 0.0)]
    return np.stack(leads, axis=1)


def _lead(share: Floats, pairs: NDArray[np.int64], least: float) -> Floats:
    best, next_best = _two_best(share, pairs, least)
    leads = []
    for side in pairs.T:
        beside = np.where(share >= best[side], next_best[side], best[side])
        leads.append(np.maximum(share - beside, 0))
    larger: Floats = np.maximum(*leads)
    return larger


def _two_best(share: Floats, pairs: NDArray[np.int64], least: float) -> tuple[Floats, Floats]:
    """The highest share of each row's pairs, and the second highest, at least `least` (rows)."""
    rows = int(pairs.max(initial=-1)) + 1
    row, value = pairs.T.ravel(), np.tile(share, 2)
    order = np.lexsort((-value, row))
    row, value = row[order], value[order]
    opens = np.append(True, row[1:] != row[:-1])[: len(row)]
    best, next_best = np.full((2, rows), least, np.float32)
    best[row[opens]] = value[opens]
    second = np.append(False, opens[:-1])[: len(row)] & ~opens
    next_best[row[second]] = np.maximum(value[second], least)
    return best, next_best
