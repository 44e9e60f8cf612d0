"""RETSim (Zhang et al. 2023), in the package `unisim`, beside ours on edited news.

RETSim embeds a text by its characters; near copies are those whose embeddings have a high cosine.
It is slow without a GPU, so 150 reports are edited at each rate and put beside 500, and ours gets
the same. A pair that holds an edited row is right where the other row is its original. RETSim is
shown at .9, the package's own threshold, and at its best on these very rows: the lowest with a
precision of .97.

    python -m benchmarks.audit.retsim
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.audit.edits import Editor
from benchmarks.audit.near_copies import RATES, best, news, score
from benchmarks.rows import Row, arguments, show
from rungwise.data.near.find import near_pairs
from rungwise.data.near.nearness import NEAR
from rungwise.progress import Silent

ORIGINALS, EDITED, SEED, THRESHOLD, BATCH = 500, 150, 20, 0.9, 32
LEAST = 0.2
"""Cosine of pairs that are looked at."""


def rows() -> Iterator[Row]:
    """Precision and recall of both at each rate."""
    originals = random.Random(SEED).sample(news(), ORIGINALS)
    embedded, seconds_once = _embedded(originals)
    for rate in RATES:
        editor = Editor(originals, SEED)
        edited = [editor.edit(text, rate) for text in originals[:EDITED]]
        truth = {(place, ORIGINALS + place) for place in range(EDITED)}
        began = time.perf_counter()
        near = near_pairs(pl.Series([*originals, *edited]), "deep", Silent())
        seconds = time.perf_counter() - began
        ours = score(near.rows(), near.score, truth, ORIGINALS, NEAR)
        vectors, peer_seconds = _embedded(edited)
        cosine = vectors @ np.concatenate([embedded, vectors]).T
        cosine[:, ORIGINALS:] = np.tril(cosine[:, ORIGINALS:], -1)
        row, other = np.nonzero(cosine >= LEAST)
        pairs = np.stack([other, row + ORIGINALS], axis=1)
        ways = {
            f"RETSim, {THRESHOLD}": score(pairs, cosine[row, other], truth, ORIGINALS, THRESHOLD),
            "RETSim, best": best(pairs, cosine[row, other], truth, ORIGINALS),
        }
        where = f"ag_news_test, {ORIGINALS + EDITED} rows, {rate:.0%} of words edited"
        for name, theirs in ways.items():
            for place, what in enumerate(("precision", "recall")):
                yield Row(f"{where}: {what}", "seconds", seconds, seconds_once + peer_seconds,
                          name, ours[place], theirs[place])  # fmt: skip


def _embedded(texts: Sequence[str]) -> tuple[NDArray[np.float32], float]:
    """Embeddings of length 1, float32 (n, 256), and the seconds that they took."""
    from unisim.embedder import TextEmbedder

    embedder = TextEmbedder(batch_size=BATCH)
    began = time.perf_counter()
    parts = [embedder.embed(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
    vectors = np.concatenate([np.stack(part) for part in parts])
    seconds = time.perf_counter() - began
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / length, np.float32), seconds


if __name__ == "__main__":
    show(rows(), as_json=arguments(__doc__ or "").parse_args().json)
