"""How often two texts that are all but sure near copies say the same, by their length.

Pairs were judged by one reader, who did not see the scores, in November 2026: do both ask for, or
say, the same? `judged_short_pairs.csv` names them by the first 16 hexadecimal digits of the SHA-256
of their texts. All were drawn at random from pairs that the shares of
`rungwise.data.near.nearness` alone call all but sure, and `drawn` says from which:

- `kept` (233): short pairs that agree in content (`rungwise.data.near.same_content`);
- `doubted`: short pairs that do not, so that they are not called sure;
- `long` (40): pairs of sixteen different words and more.

No row of a judged pair was looked at while the rule for its length was made; the 33 of twelve to
fifteen words that are `kept` are a second draw, made when that rule was final. The peer is the
shares alone: what was called sure before, its precision being that of both kinds by their numbers.

    python -m benchmarks.audit.sure_pairs
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.audit.data import folder
from benchmarks.rows import Row, arguments, show
from rungwise.data.near.find import UNSURE, near_pairs
from rungwise.data.near.nearness import SURE
from rungwise.data.near.words import words
from rungwise.data.normalise import normalised
from rungwise.evaluation.proportions import wilson
from rungwise.progress import Silent

VERDICTS = Path(__file__).with_name("judged_short_pairs.csv")
CLASSES = {"4 to 7": (4, 8), "8 to 11": (8, 12), "12 to 15": (12, 16), "16 and more": (16, 10**9)}
"""Different words of the shorter text."""


def corpora() -> Iterator[tuple[str, pl.Series]]:
    """The files, each text once, sorted."""
    questions = (folder("squad_xquad_en") / "qa.jsonl").read_text(encoding="utf-8").splitlines()
    catalogues = [
        pl.read_csv(folder("near_duplicates") / f"dblp_acm_{part}.csv")[column]
        for part in ("test", "valid")
        for column in ("text_a", "text_b")
    ]
    tweets = {"tweets_sandy": "2012_Sandy_Hurricane", "tweets_queensland": "2013_Queensland_Floods"}
    files = {
        "banking77": [
            pl.read_csv(folder("banking77") / f"{part}.csv")["text"] for part in ("train", "test")
        ],
        "squad_questions": [pl.Series([json.loads(line)["question"] for line in questions])],
        "snips": [
            pl.read_ndjson(folder("snips_nlu") / f"{part}.jsonl")["text"]
            for part in ("train", "validate")
        ],
        "sms_spam": [pl.read_csv(folder("sms_spam") / "sms_spam.csv")["text"]],
        **{
            name: [pl.read_csv(folder("drift_crisislex") / f"{file}.csv")["text"]]
            for name, file in tweets.items()
        },
        "dblp_acm": catalogues,
    }
    for name, texts in files.items():
        yield name, pl.concat(texts).drop_nulls().unique().sort()


def sure_pairs() -> pl.DataFrame:
    """Pairs that the shares alone call all but sure: `set`, `one`, `other`, `size`, `sure`."""
    found = []
    for name, texts in corpora():
        near = near_pairs(texts, "deep", Silent())
        doubted = np.isclose(near.score, UNSURE, rtol=0, atol=1e-7)
        chosen = (near.score >= SURE) | doubted
        rows = near.rows()[chosen]
        size = np.diff(words(normalised(texts)).single.present.indptr)[rows].min(axis=1)
        digests = np.array([hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts])
        one, other = digests[rows].T
        sure = ~doubted[chosen]
        columns = {"one": one, "other": other, "size": size, "sure": sure}
        found.append(pl.DataFrame(columns).with_columns(set=pl.lit(name)))
    return pl.concat(found)


def rows() -> Iterator[Row]:
    """Every row of this comparison."""
    began = time.perf_counter()
    pairs = sure_pairs()
    seconds = time.perf_counter() - began
    verdicts = pl.read_csv(VERDICTS)
    judged = pairs.join(verdicts, on=["set", "one", "other"])
    for name, (least, most) in CLASSES.items():
        inside = pl.col("size").is_between(least, most - 1)
        now, before = pairs.filter(inside), judged.filter(inside)
        kept = before.filter("sure")
        if kept.is_empty():
            continue
        right, low, high = _precision(kept)
        shares = [
            len(now.filter(pl.col("sure") == sure)) * _precision(some)[0]
            for sure in (True, False)
            if len(some := before.filter(pl.col("sure") == sure))
        ]
        counted = len(now.filter("sure"))
        about = (
            f"precision of sure, {name} words: {len(kept)} judged of {counted:,} sure "
            f"[{low:.3f}, {high:.3f}], {len(now):,} by shares alone"
        )
        peer = sum(shares) / len(now)
        yield Row(about, "seconds", seconds, None, "shares alone", right, peer)


def _precision(judged: pl.DataFrame) -> tuple[float, float, float]:
    """Share of the judged pairs that say the same, with its interval."""
    same = int(judged["same"].sum())
    low, high = wilson(same, len(judged), 0.95)
    return same / len(judged), low, high


if __name__ == "__main__":
    show(rows(), as_json=arguments(__doc__ or "").parse_args().json)
