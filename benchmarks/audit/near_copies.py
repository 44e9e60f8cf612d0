"""Near copies under random word edits, beside MinHash.

AG's News (test part): 2,000 of its 7,600 reports are edited at one rate and put beside all of
them. A pair that holds an edited row is right where the other row is its original. Pairs of two
originals are left out, because nobody has judged them. The peers' threshold is the best that there
is on these very rows (the lowest that reaches a precision of .97); ours was set on other data.

    python -m benchmarks.audit.near_copies
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import numpy as np
import polars as pl

from benchmarks.audit.data import folder
from benchmarks.audit.edits import Editor
from benchmarks.audit.minhash_peers import character_sets, datasketch_pairs, word_sets
from benchmarks.rows import Row, arguments, show
from rungwise.data.near.find import near_pairs
from rungwise.data.near.nearness import NEAR
from rungwise.progress import Silent

EDITED, SEED = 2_000, 20
RATES = (0.15, 0.3, 0.5)
PEERS = {"datasketch, words": (word_sets, 0.4), "datasketch, characters": (character_sets, 0.3)}


def rows() -> Iterator[Row]:
    """Every row of this comparison."""
    for rate in RATES:
        yield from edited_news(rate)


def edited_news(rate: float) -> Iterator[Row]:
    """Precision and recall at one rate of edits."""
    originals = news()
    chosen = random.Random(SEED).sample(range(len(originals)), EDITED)
    editor = Editor(originals, SEED)
    texts = originals + [editor.edit(originals[place], rate) for place in chosen]
    truth = {(place, len(originals) + number) for number, place in enumerate(chosen)}
    began = time.perf_counter()
    near = near_pairs(pl.Series(texts), "deep", Silent())
    seconds = time.perf_counter() - began
    ours = score(near.rows(), near.score, truth, len(originals), NEAR)
    where = f"ag_news_test, {rate:.0%} of words edited"
    yield Row(f"{where}: rows a second", "rows/s", len(texts) / seconds, None, "")
    for name, (shingles, threshold) in PEERS.items():
        began = time.perf_counter()
        pairs, jaccard = datasketch_pairs(texts, shingles, threshold, len(originals))
        peer_seconds = time.perf_counter() - began
        peer = best(np.array(pairs).reshape(-1, 2), np.array(jaccard), truth, len(originals))
        for place, what in enumerate(("precision", "recall")):
            yield Row(
                f"{where}: {what}", "seconds", seconds, peer_seconds, name, ours[place], peer[place]
            )


def news() -> list[str]:
    """Titles and reports."""
    table = pl.read_csv(folder("ag_news_test") / "ag_news_test.csv")
    return (table["title"] + " " + table["description"]).to_list()


def score(
    pairs: np.ndarray, scores: np.ndarray, truth: set[tuple[int, int]], originals: int, least: float
) -> tuple[float, float]:
    """Precision and recall of the pairs at or above a score that hold an edited row."""
    kept = np.sort(pairs[(scores >= least) & (pairs.max(axis=1, initial=0) >= originals)], axis=1)
    right = sum(pair in truth for pair in map(tuple, kept.tolist()))
    return right / max(1, len(kept)), right / len(truth)


def best(
    pairs: np.ndarray, scores: np.ndarray, truth: set[tuple[int, int]], originals: int
) -> tuple[float, float]:
    """The same at the lowest threshold whose precision is at least .97."""
    steps = np.arange(0.2, 1.0, 0.02)
    reached = (score(pairs, scores, truth, originals, step) for step in steps)
    return next((pair for pair in reached if pair[0] >= 0.97), (0.0, 0.0))


if __name__ == "__main__":
    show(rows(), as_json=arguments(__doc__ or "").parse_args().json)
