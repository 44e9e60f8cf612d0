"""Training rows in the test part of BANKING77: those that are there, and planted ones.

The official split has 25 test rows that train has too but for punctuation. Beside it, 1,000
training rows are planted in the test part in disguise (case, look-alike letters, characters of no
width), and 1,000 with 30 percent of their words edited; a planted row is found where it is paired
with its own original. The last rows are shares of the official test rows that are called near
copies; how many of these a reader would not call so stands in RESULTS-near-copies.md.

    python -m benchmarks.audit.leakage
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence

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
    yield from official(train, test)


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
    copies = {(place, other) for place, other in truth if near.number[place] == near.number[other]}
    # An edit can change nothing but case; such rows are copies, found before near copies are.
    pairs = {(int(near.number[a]), int(near.number[b])): (a, b) for a, b in truth}
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


def official(train: Sequence[str], test: Sequence[str]) -> Iterator[Row]:
    """Shares of the official test rows that have a near copy in train: any, and of others alone.

    Questions that ask for the same thing have one intent, so a test row all of whose near copies
    are of other intents is called wrongly, but for rows whose intent is wrong.
    """
    intents = pl.concat(
        [pl.read_csv(folder("banking77") / f"{part}.csv")["label"] for part in ("test", "train")]
    ).to_list()
    began = time.perf_counter()
    near = near_pairs(pl.Series([*test, *train]), "deep", Silent())
    seconds = time.perf_counter() - began
    trained: dict[int, set[str]] = {}
    for text, intent in zip(near.number[len(test) :].tolist(), intents[len(test) :], strict=True):
        trained.setdefault(text, set()).add(intent)
    beside: dict[int, set[str]] = {}
    for one, other in [*near.pairs.tolist(), *near.pairs[:, ::-1].tolist()]:
        beside.setdefault(one, set()).update(trained.get(other, ()))
    called = [beside.get(text, set()) for text in near.number[: len(test)].tolist()]
    own = intents[: len(test)]
    apart = [bool(found) and intent not in found for found, intent in zip(called, own, strict=True)]
    for about, hits in {"": list(map(bool, called)), " of other intents alone": apart}.items():
        yield Row(f"banking77, official: test rows called near copies{about}", "seconds", seconds,
                  None, "", sum(hits) / len(test))  # fmt: skip


if __name__ == "__main__":
    show(rows(), as_json=arguments(__doc__ or "").parse_args().json)
