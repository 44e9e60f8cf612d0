"""Near copies as the usual tools find them: MinHash over words or character 5-grams."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Pairs = list[tuple[int, int]]
PERMUTATIONS = 128


def word_sets(texts: Sequence[str]) -> list[set[str]]:
    """Lower-case words."""
    return [set(text.lower().split()) for text in texts]


def character_sets(texts: Sequence[str]) -> list[set[str]]:
    """Lower-case character 5-grams."""
    lowered = [" ".join(text.lower().split()) for text in texts]
    return [{text[at : at + 5] for at in range(max(1, len(text) - 4))} for text in lowered]


def datasketch_pairs(
    texts: Sequence[str],
    shingles: Callable[[Sequence[str]], list[set[str]]],
    threshold: float,
    asked: int = 0,
) -> tuple[Pairs, list[float]]:
    """Pairs that datasketch's LSH proposes, with the Jaccard that their signatures estimate.

    Only the rows from `asked` on are looked up, each among those before it.
    """
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    sketches = []
    pairs: Pairs = []
    for place, items in enumerate(shingles(texts)):
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([item.encode() for item in items])
        if place >= asked:
            pairs += [(other, place) for other in index.query(sketch)]
        index.insert(place, sketch)
        sketches.append(sketch.hashvalues)
    signatures = np.stack(sketches)
    score = [float((signatures[one] == signatures[other]).mean()) for one, other in pairs]
    return pairs, score


def rensa_pairs(
    texts: Sequence[str], shingles: Callable[[Sequence[str]], list[set[str]]], bands: int
) -> Pairs:
    """Pairs that rensa's LSH proposes: 128 permutations in so many bands."""
    from rensa import RMinHash, RMinHashLSH

    sketches = RMinHash.from_token_sets(shingles(texts), PERMUTATIONS, 42)
    index = RMinHashLSH(0.5, PERMUTATIONS, bands)
    index.insert_many(sketches)
    found = index.query_all(sketches)
    return [(other, place) for place, others in enumerate(found) for other in others
            if other < place]  # fmt: skip


def best_threshold(score: NDArray[np.floating], near: NDArray[np.bool_]) -> float:
    """The multiple of .02 with the highest F1, on whatever rows the truth is known of."""
    steps = np.arange(0.02, 1, 0.02)
    return float(max(steps, key=lambda step: f1(score >= step, near)).round(2))


def f1(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Harmonic mean of precision and recall."""
    return 2 * float((found & truth).sum()) / max(1, int(found.sum() + truth.sum()))
