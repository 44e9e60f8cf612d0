"""Texts that are about the same thing, named by the words that tell them from the rest (R32)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Features = NDArray[np.float32]

LEAST = 3
"""Fewer texts are no group."""
MOST = 2_000
"""Texts that are compared each with each; more are grouped by the first so many."""
TELLING = 3
WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How texts are compared.

    Attributes:
        vectors: Texts (n) → features (n, width).
        alike: Mean cosine within a group, below which it is none.
    """

    vectors: Callable[[pl.Series], Features]
    alike: float


def named(texts: Sequence[str], likeness: Likeness) -> list[str]:
    """The name of the group of each text (n), "" where it is in none.

    Average-link clustering by cosine (Sokal and Michener 1958). A group is named by the words that
    raise the odds of being in it most.
    """
    if len(texts) < LEAST:
        return [""] * len(texts)
    features = likeness.vectors(pl.Series("text", texts, dtype=pl.String))
    codes = _clusters(features, likeness.alike)
    words = [frozenset(WORD.findall(text.lower())) for text in texts]
    names: dict[int, str] = {}
    for code, count in Counter(codes).most_common():
        if count < LEAST:
            break
        names[code] = _name(
            [one for one, at in zip(words, codes, strict=True) if at == code], words
        )
    return [names.get(code, "") for code in codes]


def _clusters(features: Features, alike: float) -> list[int]:
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    some = features[:MOST].astype(np.float64)
    # A text without a known word has no direction: it is as far from all as can be.
    distances = np.nan_to_num(pdist(some, "cosine"), nan=1.0).clip(0.0)
    codes = fcluster(linkage(distances, "average"), 1 - alike, "distance")
    if len(features) > MOST:
        centres = np.array([some[codes == code].mean(axis=0) for code in range(1, codes.max() + 1)])
        rest = np.argmax(features[MOST:] @ centres.T, axis=1) + 1
        codes = np.concatenate([codes, rest])
    return [int(code) for code in codes]


def _name(inside: Sequence[frozenset[str]], every: Sequence[frozenset[str]]) -> str:
    """The words that most of a group have and few others, the most telling first."""
    within = Counter(word for one in inside for word in one)
    overall = Counter(word for one in every for word in one)

    def telling(word: str) -> float:
        others = len(every) - len(inside)
        rate = (within[word] + 0.5) / (len(inside) + 1)
        beside = (overall[word] - within[word] + 0.5) / (others + 1)
        return within[word] * math.log(rate / beside)

    often = [word for word, count in within.items() if count >= max(2, len(inside) / 3)]
    best = sorted(often, key=lambda word: (-telling(word), word))[:TELLING]
    return ", ".join(best)
