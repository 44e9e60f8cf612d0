"""Whether two texts are near copies: one judgement from all the ways in which they are alike.

A logistic regression on `Likeness`. Its weights were learnt by `benchmarks/audit/learn_nearness.py`
from random word edits (15, 30 and 50 percent) of spoken commands, text messages, tweets, film
reviews and questions; no text of AG's News, BANKING77 or the sets of judged near copies was used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rungwise.data.near.likeness import Likeness
from rungwise.data.near.standing_out import standing_out

NEAR = 0.5
"""Score from which two texts are called near copies: more likely than not, as learnt."""
SURE = 0.95
"""Score from which it is all but sure, however much the texts of a file resemble each other."""
FEWEST = 4
"""Words; of fewer, too little is left when one has changed."""
TEMPLATE = 40.0
"""Bits; texts with different numbers that share less are records of one template, not copies."""
WEIGHTS = np.array(
    [
        1.926,
        -3.333,
        6.425,
        2.639,
        2.917,
        -2.263,
        2.887,
        1.83,
        0.75,
        -4.954,
        -0.352,
        0.645,
        4.264,
        6.409,
        -2.775,
        3.683,
        27.205,
        12.136,
    ]
)
OFFSET = -13.457


def nearness(like: Likeness, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """Probability that the one was made from the other (pairs), float32.

    Args:
        like: How alike the rows of each pair are.
        pairs: Row numbers (pairs, 2): every pair that was proposed.
    """
    logit = traits(like, pairs) @ WEIGHTS + OFFSET
    score = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    score[(like.size < FEWEST) | (like.numbers & (like.bits < TEMPLATE))] = 0
    sure: NDArray[np.float32] = score.astype(np.float32)
    return sure


def traits(like: Likeness, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """What is weighed (pairs, 18): the shares, and how much they tell in texts of this size."""
    size = np.log2(np.maximum(like.size, 1))
    shares = (like.words, like.contained, like.pairs, like.letters, like.covered)
    by_size = (like.letters, like.words, like.contained, like.pairs, like.covered)
    columns = [
        *shares,
        size,
        *(size * share for share in by_size),
        np.log2(like.bits / like.scale + 1),
    ]
    columns += [like.common, like.told, like.plain, like.odd]
    stacked = np.concatenate([np.stack(columns, axis=1), standing_out(like, pairs)], axis=1)
    return stacked.astype(np.float64)
