"""Pairs judged some at a time come out as if all had been judged at once (R21)."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from tests.sentences import edited, sentences

from rungwise.data.near.judged import judged
from rungwise.data.near.likeness import Comparison
from rungwise.data.near.minhash import propose
from rungwise.data.near.nearness import FEWEST, NEAR, OFFSET, TEMPLATE, WEIGHTS, shares
from rungwise.data.near.rewritten import rewritten
from rungwise.data.near.words import words
from rungwise.data.normalise import normalised
from rungwise.progress import Silent


def leads(share: list[float], pairs: list[list[int]], least: float) -> list[float]:
    """As it is meant: how far above the best other pair of one of its rows a pair is."""
    found = []
    for place, (pair, own) in enumerate(zip(pairs, share, strict=True)):
        others = [
            [share[n] for n, other in enumerate(pairs) if row in other and n != place]
            for row in pair
        ]
        found.append(max(0.0, *(own - max([least, *beside]) for beside in others)))
    return found


def at_once(texts: pl.Series, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """The scores (pairs), every likeness held at the same time."""
    taken = words(texts)
    like = Comparison(texts, taken).likeness(pairs)
    out = [leads(like.letters.tolist(), pairs.tolist(), 0.5)]
    out.append(leads(like.words.tolist(), pairs.tolist(), 0.0))
    logit = np.column_stack([shares(like), *out]) @ WEIGHTS + OFFSET
    score = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    score[(like.size < FEWEST) | (like.numbers & (like.bits < TEMPLATE))] = 0
    kept: NDArray[np.float64] = np.maximum(score, rewritten(taken, pairs))
    return kept


def some_texts(seed: int, length: int) -> pl.Series:
    """Sentences, copies at every distance, copies of copies, and rows that only begin alike."""
    draw = random.Random(seed)
    texts = sentences(40, seed=seed, length=length)
    for place in range(60):
        said = draw.choice(texts)
        texts.append(edited(said, draw.randrange(1, length // 2 + 1), seed=place))
    texts += [f"{texts[0]} {own}" for own in sentences(15, seed=seed + 100, length=length)]
    return normalised(pl.Series(texts)).unique().sort()


@pytest.mark.parametrize("length", [6, 12, 60])
@pytest.mark.parametrize("seed", range(4))
def test_the_same_near_copies_are_found_however_many_pairs_are_judged_at_a_time(
    seed: int, length: int
) -> None:
    texts = some_texts(seed, length)
    drawn = np.sort(np.random.default_rng(seed).choice(len(texts), (250, 2)), axis=1)
    apart = drawn[drawn[:, 0] < drawn[:, 1]]
    pairs = np.unique(np.concatenate([propose(words(texts), Silent()), apart]), axis=0)
    score = at_once(texts, pairs)
    assert 5 < np.sum(score >= NEAR) < len(pairs) - 100
    for order in (pairs, np.random.default_rng(seed).permutation(pairs)):
        for chunk in (3, 50, len(pairs)):
            found, own = judged(texts, words(texts), order, Silent(), chunk)
            assert found.tolist() == [pair for pair in order.tolist() if pair in found.tolist()]
            known = dict(zip(map(tuple, pairs.tolist()), score.tolist(), strict=True))
            assert {tuple(pair) for pair in found.tolist()} == {
                pair for pair, value in known.items() if value >= NEAR
            }
            expected = [known[one, other] for one, other in found.tolist()]
            assert own.tolist() == pytest.approx(expected, abs=1e-5)
