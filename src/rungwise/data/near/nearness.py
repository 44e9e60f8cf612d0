"""Whether two texts are near copies: one judgement from all the ways in which they are alike.

A logistic regression on `Likeness`. Its weights were learnt by `benchmarks/audit/learn_nearness.py`
from random word edits (15, 30 and 50 percent) of spoken commands, text messages, tweets, film
reviews and questions; no text of AG's News, BANKING77 or the sets of judged near copies was used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rungwise.data.near.likeness import Likeness

NEAR = 0.5
"""Score from which two texts are called near copies: more likely than not, as learnt."""
TEMPLATE = 40.0
"""Bits; texts with different numbers that share less are records of one template, not copies."""
WEIGHTS = np.array(
    [
        -1.553,
        -4.205,
        4.11,
        6.009,
        1.216,
        -3.122,
        3.05,
        1.994,
        0.929,
        -4.247,
        -0.318,
        1.141,
        8.211,
        0.644,
        -0.271,
        0.295,
    ]
)
OFFSET = -16.252


def nearness(like: Likeness) -> NDArray[np.float32]:
    """Probability that the one was made from the other (pairs), float32."""
    logit = traits(like) @ WEIGHTS + OFFSET
    score = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    score[like.numbers & (like.bits < TEMPLATE)] = 0
    return score.astype(np.float32)


def traits(like: Likeness) -> NDArray[np.float64]:
    """What is weighed (pairs, 16): the shares, and how much they tell in texts of this size."""
    size = np.log2(np.maximum(like.size, 1))
    shares = (like.words, like.contained, like.pairs, like.letters, like.covered)
    by_size = (like.letters, like.words, like.contained, like.pairs, like.covered)
    columns = [*shares, size, *(size * share for share in by_size), np.log2(like.bits / like.scale + 1)]
    columns += [like.common, like.told, like.plain, like.odd]
    return np.stack(columns, axis=1).astype(np.float64)
