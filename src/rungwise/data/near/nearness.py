"""Whether two texts are near copies: one judgement from all the ways in which they are alike.

A logistic regression on `Likeness`. Its weights were learnt by `benchmarks/audit/learn_nearness.py`
from random word edits (15, 30 and 50 percent) of spoken commands, text messages, tweets, film
reviews and questions; no text of AG's News, BANKING77 or the sets of judged near copies was used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rungwise.data.near.likeness import Floats, Likeness
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
LEADS = 2
"""The last of the weights are those of the leads (`standing_out`)."""


def unled(like: Likeness) -> NDArray[np.float64]:
    """Logit of each pair but for what its lead adds (pairs); far below 0 where it is no copy."""
    logit: NDArray[np.float64] = shares(like) @ WEIGHTS[:-LEADS] + OFFSET
    logit[(like.size < FEWEST) | (like.numbers & (like.bits < TEMPLATE))] = -np.inf
    return logit


def nearness(unled: NDArray[np.float64], leads: Floats) -> Floats:
    """Probability that the one was made from the other (pairs), float32.

    Args:
        unled: Logits without the leads (pairs).
        leads: By letters and by words (pairs, 2), of all pairs that were proposed.
    """
    logit = unled + leads.astype(np.float64) @ WEIGHTS[-LEADS:]
    score = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    score[np.isneginf(logit)] = 0
    sure: Floats = score.astype(np.float32)
    return sure


def traits(like: Likeness, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """All that is weighed (pairs, 18), of pairs (pairs, 2) that are all that were proposed."""
    return np.concatenate([shares(like), standing_out(like, pairs)], axis=1)


def shares(like: Likeness) -> NDArray[np.float64]:
    """What is weighed but the leads (pairs, 16): shares, and how much they tell at this size."""
    size = np.log2(np.maximum(like.size, 1))
    by_size = (like.letters, like.words, like.contained, like.pairs, like.covered)
    columns = [
        *(like.words, like.contained, like.pairs, like.letters, like.covered),
        size,
        *(size * share for share in by_size),
        np.log2(like.bits / like.scale + 1),
    ]
    columns += [like.common, like.told, like.plain, like.odd]
    return np.stack(columns, axis=1).astype(np.float64)
