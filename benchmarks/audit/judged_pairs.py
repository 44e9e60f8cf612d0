"""Near copies as people made and judged them, beside MinHash under several thresholds.

Plagiarised answers: pairs of a task's source and an answer to it, copied (cut, light or heavy) or
not. DBLP-ACM: the pairs of the published test file. Ours is what an audit at depth `deep` says of
the whole file: a pair that is not proposed counts as not found. The peer compares every judged
pair, and is shown under thresholds

- *as ours*: the one with the highest F1 on the made texts that ours was learnt from;
- .5 and .7, as they are usually set;
- of the published *training* pairs (DBLP-ACM alone), beside ours with its threshold from there;
- at best: the one with the highest F1 on the very pairs that are reported. Nobody has it.

    python -m benchmarks.audit.judged_pairs
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.audit.data import folder
from benchmarks.audit.minhash_peers import (
    PERMUTATIONS,
    best_threshold,
    character_sets,
    f1,
    word_sets,
)
from benchmarks.rows import Row, arguments, show
from rungwise.data.near.find import near_pairs
from rungwise.data.near.nearness import NEAR
from rungwise.progress import Silent

Shingles = Callable[[Sequence[str]], list[set[str]]]
PEERS: dict[str, Shingles] = {"words": word_sets, "characters": character_sets}
AS_OURS = {"plagiarised_short_answers": 0.26, "dblp_acm_test": 0.52}
"""Of words, as `learn_rewritten` and `learn_nearness` print it."""
USUAL = (0.5, 0.7)


@dataclass(frozen=True, slots=True)
class Judged:
    """Pairs of texts, and which of them people call the same."""

    name: str
    pairs: list[tuple[str, str]]
    same: NDArray[np.bool_]


def rows() -> Iterator[Row]:
    """Every row of this comparison."""
    yield from compared(plagiarised(), None)
    yield from compared(catalogues("test"), catalogues("train"))


def plagiarised() -> Judged:
    """Each task's source with every answer to it, and whether the answer copies it."""
    table = pl.read_ndjson(folder("near_duplicates") / "plagiarised_short_answers.jsonl")
    source = dict(table.filter(pl.col("category") == "orig").select("task", "text").iter_rows())
    answers = table.filter(pl.col("category") != "orig")
    pairs = [(source[task], text) for task, text in answers.select("task", "text").iter_rows()]
    return Judged("plagiarised_short_answers", pairs, (answers["category"] != "non").to_numpy())


def catalogues(part: str) -> Judged:
    """Publications as two catalogues write them, and whether they are the same."""
    table = pl.read_csv(folder("near_duplicates") / f"dblp_acm_{part}.csv")
    pairs = table.select("text_a", "text_b").rows()
    return Judged(f"dblp_acm_{part}", pairs, (table["duplicate"] == 1).to_numpy())


def compared(judged: Judged, train: Judged | None) -> Iterator[Row]:
    """F1 of both sides, one row a way to set the threshold."""
    ours, seconds = timed(found, judged)
    fixed = f1(ours >= NEAR, judged.same)
    for name, shingles in PEERS.items():
        theirs, peer_seconds = timed(partial(estimated, shingles=shingles), judged)

        def row(
            way: str,
            threshold: float,
            us: float = fixed,
            theirs: NDArray[np.float64] = theirs,
            peer: str = f"datasketch, {name}",
            peer_seconds: float = peer_seconds,
        ) -> Row:
            them = f1(theirs >= threshold, judged.same)
            about = f"{judged.name}, F1: {way}"
            return Row(
                about, "seconds", seconds, peer_seconds, f"{peer}, {threshold:.2f}", us, them
            )

        if name == "words":
            yield row("threshold set as ours", AS_OURS[judged.name])
        for usual in USUAL:
            yield row("usual threshold", usual)
        if train:
            learnt = best_threshold(found(train), train.same)
            us = f1(ours >= learnt, judged.same)
            threshold = best_threshold(estimated(train, shingles), train.same)
            yield row(f"both thresholds from the training pairs, ours {learnt:.2f}", threshold, us)
        yield row("the peer's best threshold on these pairs", best_threshold(theirs, judged.same))


def timed(
    scored: Callable[[Judged], NDArray[np.float64]], judged: Judged
) -> tuple[NDArray[np.float64], float]:
    """Scores and seconds."""
    began = time.perf_counter()
    return scored(judged), time.perf_counter() - began


def found(judged: Judged) -> NDArray[np.float64]:
    """Our score of each pair among all texts of the file; 0 where it is not called near."""
    near = near_pairs(pl.Series([text for pair in judged.pairs for text in pair]), "deep", Silent())
    score = dict(zip(map(tuple, near.pairs.tolist()), near.score.tolist(), strict=True))
    texts = np.sort(near.number.reshape(-1, 2), axis=1).tolist()
    return np.array([1.0 if one == other else score.get((one, other), 0.0) for one, other in texts])


def estimated(judged: Judged, shingles: Shingles) -> NDArray[np.float64]:
    """Jaccard of the two MinHash signatures of each pair."""
    from datasketch import MinHash

    def sketch(items: set[str]) -> MinHash:
        made = MinHash(num_perm=PERMUTATIONS)
        made.update_batch([item.encode() for item in items])
        return made

    both = (map(sketch, shingles(pair)) for pair in judged.pairs)
    return np.array([one.jaccard(other) for one, other in both])


if __name__ == "__main__":
    show(rows(), as_json=arguments(__doc__ or "").parse_args().json)
