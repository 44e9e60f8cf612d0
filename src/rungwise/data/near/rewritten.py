"""Whether a long text was rewritten from another: people change more than they mistype.

Two texts of sixty words that tell of one thing, each in its own words, share far less than two of
six words do by chance, so a long text needs less in common with another to be surely made from it.
Only words and word pairs that few rows have are weighed: what many rows say is a form, a footer or
a phrase of the trade, and says nothing of who wrote from whom.

A logistic regression. Its weights were learnt by `benchmarks/audit/learn_rewritten.py` from
paragraphs and film reviews whose sentences were dropped, reordered, reworded and mixed with others;
beside them stand paragraphs of one article, records of one form and texts with one footer, which
are no copies. No judged pair of near copies was used.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rungwise.data.near.likeness import Floats, share, shared
from rungwise.data.near.words import Terms, Words

LONG = 45
"""Different words of the smaller: sixty running words have about so many."""
FEW = 16
"""Rows that may hold a word; as many as are proposed beside one row (`rare_terms.NEIGHBOURS`)."""
WEIGHTS = np.array([20.787, 4.638, 24.198])
OFFSET = -7.316


def rewritten(words: Words, pairs: NDArray[np.int64]) -> Floats:
    """Probability that of two long texts one was made from the other; 0 for pairs that are short.

    Args:
        words: Texts (n) taken apart.
        pairs: Row numbers (pairs, 2).

    Returns:
        float32 (pairs).
    """
    size = np.diff(words.single.present.indptr)
    long = np.flatnonzero(size[pairs].min(axis=1, initial=LONG) >= LONG)
    score = np.zeros(len(pairs), np.float32)
    logit = marks(words, pairs[long]) @ WEIGHTS + OFFSET
    score[long] = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    return score


def marks(words: Words, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """What is weighed (pairs, 3).

    Of the words that few rows have, the shared weight over the weight of both and over the smaller
    one; of word pairs that few rows have, the latter.
    """
    both, contained = _shares(words.single, pairs)
    return np.stack([both, contained, _shares(words.pairs, pairs)[1]], axis=1).astype(np.float64)


def _shares(terms: Terms, pairs: NDArray[np.int64]) -> tuple[Floats, Floats]:
    bits = np.where(terms.rows_with <= FEW, terms.bits, 0).astype(np.float32)
    rare = replace(terms, bits=bits)
    common, _ = shared(rare, pairs)
    one, other = rare.weights()[pairs.T]
    return share(common, one + other - common), share(common, np.minimum(one, other))
