"""Training rows in the test part of BANKING77: those that are there, and planted ones.

The official split has 25 test rows that train has too but for punctuation. Beside it, 1,000
training rows are planted in the test part in disguise (case, look-alike letters, characters of no
width), and 1,000 with 30 percent of their words edited; a planted row is found where it is paired
with its own original. The last row is the share of the official test rows that are called near
copies; how many of these a reader would not call so stands in RESULTS-near-copies.md.

    python -m benchmarks.audit.leakage
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl

from benchmarks.audit.data import folder
from benchmarks.audit.edits import Editor
from benchmarks.audit.minhash_peers import datasketch_pairs, word_sets
from benchmarks.rows import Row, arguments, show
from rungwise.data.lookalikes import CYRILLIC
from rungwise.data.near.find import near_pairs
from rungwise.data.normalise import normalised
from rungwise.progress import Silent

PLANTED, SEED, RATE = 1_000, 20, 0.3
PEER, THRESHOLD = "datasketch, words", 0.7
DISGUISE = {
    latin: foreign for foreign, latin in zip(*CYRILLIC, strict=True) if latin in "aeiopcyxs"
}


def rows() -> Iterator[Row]:
    """Every row of this comparison."""
    train, test = (
        pl.read_csv(folder("banking77") / f"{part}.csv")["text"].to_list()
        for part in ("train", "test")
    )
    chosen = random.Random(SEED).sample(range(len(train)), PLANTED)
    shared = set(normalised(pl.Series(train)))
    ours = sum(text in shared for text in normalised(pl.Series(test)))
    yield Row("banking77, official: test rows in train", "rows", ours, 25, "its README")
    for name, disguise in disguises().items():
        planted = [disguise(train[place]) for place in chosen]
        yield compared(f"banking77, planted, {name}: recall", train, chosen, planted)
    editor = Editor(train, SEED)
    planted = [editor.edit(train[place], RATE) for place in chosen]
    yield compared(
        f"banking77, planted, {RATE:.0%} of words edited: recall", train, chosen, planted
    )
    yield official(train, test)


def disguises() -> dict[str, Callable[[str], str]]:
    """Ways of writing the same text otherwise."""
    return {
        "capitals": str.upper,
        "look-alikes": lambda text: "".join(DISGUISE.get(letter, letter) for letter in text),
        "no width": "\u200b".join,
    }


def compared(
    workload: str, train: Sequence[str], chosen: Sequence[int], planted: Sequence[str]
) -> Row:
    """Share of the planted rows that are paired with their original."""
    texts = [*train, *planted]
    truth = {(place, len(train) + number) for number, place in enumerate(chosen)}
    began = time.perf_counter()
    near = near_pairs(pl.Series(texts), "deep", Silent())
    copies = {(place, other) for place, other in truth if near.text[place] == near.text[other]}
    # An edit can change nothing but case; such rows are copies, found before near copies are.
    pairs = {(int(near.text[a]), int(near.text[b])): (a, b) for a, b in truth}
    keys = {tuple(sorted(key)) for key in pairs}
    hit = {tuple(pair) for pair in near.pairs.tolist()} & keys
    found = len(copies) + sum(tuple(sorted(key)) in hit for key in pairs)
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    proposed, _ = datasketch_pairs(texts, word_sets, THRESHOLD)
    peer = len(truth & set(proposed)) / len(truth)
    return Row(
        workload, "seconds", seconds, time.perf_counter() - began, PEER, found / len(truth), peer
    )


def official(train: Sequence[str], test: Sequence[str]) -> Row:
    """Share of the official test rows that have a near copy in train."""
    texts = pl.Series([*test, *train])
    began = time.perf_counter()
    near = near_pairs(texts, "deep", Silent())
    tested = np.isin(np.arange(int(near.text.max()) + 1), near.text[: len(test)])
    trained = np.isin(np.arange(int(near.text.max()) + 1), near.text[len(test) :])
    one, other = near.pairs.T
    called = np.concatenate(
        [one[trained[other] & tested[one]], other[trained[one] & tested[other]]]
    )
    share = float(np.isin(near.text[: len(test)], called).mean())
    seconds = time.perf_counter() - began
    return Row(
        "banking77, official: test rows called near copies", "seconds", seconds, None, "", share
    )


if __name__ == "__main__":
    show(rows(), as_json=arguments(__doc__ or "").parse_args().json)
