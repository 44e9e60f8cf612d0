"""Near copies among texts: exact copies collapse first, then pairs are proposed and judged."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.copy_keys import copy_keys
from rungwise.data.near import minhash, rare_terms
from rungwise.data.near.judged import judged
from rungwise.data.near.likeness import Floats
from rungwise.data.near.nearness import SURE
from rungwise.data.near.same_content import same_content
from rungwise.data.near.spoken import spoken
from rungwise.data.near.words import LONGEST, Words, words
from rungwise.data.normalise import normalised
from rungwise.data.spool import batches
from rungwise.data_section import Depth
from rungwise.progress import Progress
from rungwise.protocols import Found, Keep, NearPairs, searched

ROOM = 1 << 26
"""Bytes of text that are compared at depth `fast`; where there is more, of each its beginning."""
UNSURE = 0.94
"""Score of a short pair that its shares call all but sure, though its content words differ."""
SHORTEST = 64
"""Code points of a beginning, at least, however many texts there are."""


Pairs = NDArray[np.int64]


def among(distinct: pl.Series, depth: Depth, progress: Progress) -> Found:
    """Find them among normalised texts.

    Args:
        distinct: Sorted, none empty; each once, though long ones may begin alike.
        depth: `fast` proposes by MinHash, in time that grows with the rows alone; `deep` by
            every rare word that two rows share.
        progress: Where to report.
    """
    taken = words(distinct)
    proposed = (minhash if depth == "fast" else rare_terms).propose(taken, progress)
    pairs, score = judged(distinct, taken, proposed, progress)
    return Found(pairs, _doubted(distinct, taken, pairs, score))


def _doubted(texts: pl.Series, taken: Words, pairs: Pairs, score: Floats) -> Floats:
    """Scores (pairs), below `SURE` where short texts differ in what they are about."""
    sure = np.flatnonzero(score >= SURE)
    changed = score.copy()
    changed[sure[~same_content(texts, taken.single, pairs[sure])]] = UNSURE
    return changed


def near_pairs(
    texts: pl.Series, depth: Depth, progress: Progress, keep: Keep = searched
) -> NearPairs:
    """Find them; the result depends on the texts, not on their order.

    Args:
        texts: Raw inputs (n), without null.
        depth: See `among`.
        progress: Where to report.
        keep: Runs `among`, or remembers what it found.
    """
    said = spoken(texts)
    key = copy_keys(said).alias("key")
    folded = key.to_frame().with_columns(_beginnings(said, depth, progress).alias("text"))
    distinct = folded.unique("key").filter(pl.col("text") != "").sort("text", "key")
    numbered = distinct.select("key").with_row_index("number")
    number = folded.select("key").join(numbered, on="key", how="left", maintain_order="left")
    text = number["number"].cast(pl.Int64).fill_null(-1).to_numpy()
    found = keep(among, distinct["text"], depth, progress)
    return NearPairs(text, found.pairs, found.score)


def _beginnings(texts: pl.Series, depth: Depth, progress: Progress) -> pl.Series:
    """Texts to compare, normalised: as much of each as all of them leave room for."""
    size = int(texts.str.len_bytes().sum() or 0)
    if depth == "deep" or size <= ROOM:
        return normalised(texts)
    each = max(SHORTEST, ROOM // len(texts))
    while each < LONGEST and _kept(texts, 2 * each) <= ROOM:
        each *= 2
    progress.say(
        f"The texts have {size / 1e6:,.0f} MB: near copies are looked for in the first {each:,} "
        "characters of each."
    )
    parts = batches(len(texts), size)
    return pl.concat([normalised(texts[part].str.head(each)) for part in parts])


def _kept(texts: pl.Series, each: int) -> int:
    """Bytes that are left of all texts, when each has so many at most."""
    return int(texts.str.len_bytes().clip(upper_bound=each).cast(pl.Int64).sum())
