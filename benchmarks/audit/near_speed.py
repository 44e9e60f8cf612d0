"""The near-copy stage at depth `fast` beside datasketch and rensa, on short made-up rows.

Rows have 8 to 16 words, as unevenly frequent as in language; one in ten is an earlier row with two
words changed. Both sides get the same rows; recall is the share of changed rows that are paired
with their original. Ours also takes a million rows alone.

    python -m benchmarks.audit.near_speed
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import polars as pl

from benchmarks.audit.minhash_peers import datasketch_pairs, rensa_pairs, word_sets
from benchmarks.rows import Row, arguments, show
from benchmarks.timing import alternate
from rungwise.data.near.find import near_pairs
from rungwise.progress import Silent

SHARED, ALONE, VOCABULARY, THRESHOLD = 20_000, 1_000_000, 60_000, 0.6
BANDS = 32
"""Of four minima each: a pair of rows that share .6 of their words is proposed with .99."""
Truth = set[tuple[int, int]]


def rows() -> Iterator[Row]:
    """Both sides on the same rows, then ours on a million."""
    texts, truth = made(SHARED)
    column = pl.Series(texts)
    ours, peer = alternate(
        lambda: recall(near_pairs(column, "fast", Silent()).rows().tolist(), truth),
        lambda: recall(datasketch_pairs(texts, word_sets, THRESHOLD)[0], truth),
        repeats=3,
    )
    workload = f"near copies among {SHARED:,} short rows, fast: recall"
    yield Row(
        workload, "seconds", ours.seconds, peer.seconds, "datasketch", ours.quality, peer.quality
    )
    ours, peer = alternate(
        lambda: recall(near_pairs(column, "fast", Silent()).rows().tolist(), truth),
        lambda: recall(rensa_pairs(texts, word_sets, BANDS), truth),
        repeats=3,
    )
    yield Row(workload, "seconds", ours.seconds, peer.seconds, "rensa", ours.quality, peer.quality)
    many, known = made(ALONE)
    column = pl.Series(many)
    began = time.perf_counter()
    pairs = near_pairs(column, "fast", Silent()).rows()
    seconds = time.perf_counter() - began
    found = recall(pairs.tolist(), known)
    yield Row(
        f"near copies among {ALONE:,} short rows, fast: recall", "seconds", seconds, None, "", found
    )


def made(count: int) -> tuple[list[str], Truth]:
    """Rows, and which was made from which."""
    generator = np.random.default_rng(20)
    weight = 1 / np.arange(1, VOCABULARY + 1)
    drawn = generator.choice(VOCABULARY, (count, 16), p=weight / weight.sum())
    lengths = generator.integers(8, 17, count)
    copies = np.arange(count - count // 10, count)
    originals = generator.choice(count - count // 10, len(copies), replace=False)
    drawn[copies], lengths[copies] = drawn[originals], lengths[originals]
    for _ in range(2):
        drawn[copies, generator.integers(0, lengths[copies])] = generator.integers(
            0, VOCABULARY, len(copies)
        )
    names = np.array([f"w{number:x}" for number in range(VOCABULARY)])
    texts = [" ".join(row[:size]) for row, size in zip(names[drawn], lengths, strict=True)]
    return texts, set(zip(originals.tolist(), copies.tolist(), strict=True))


def recall(pairs: list[tuple[int, int]] | list[list[int]], truth: Truth) -> float:
    """Share of the truth that was found."""
    return len(truth & {(min(pair), max(pair)) for pair in pairs}) / len(truth)


if __name__ == "__main__":
    show(rows(), as_json=arguments(__doc__ or "").parse_args().json)
