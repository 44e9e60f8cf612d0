"""`python -m benchmarks.audit.personal`: personal data by rules and checksums, beside presidio."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence

import polars as pl

from benchmarks.audit import personal_presidio
from benchmarks.audit.data import folder
from benchmarks.audit.personal_rows import made
from benchmarks.audit.personal_scores import PERSONAL, Scores, Spans, score
from benchmarks.rows import Row, arguments, show
from rungwise.data.personal.deep import both_tiers, read_names
from rungwise.data.personal.detect import SCHEMA, detect
from rungwise.progress import Silent

SEED = 20
STRUCTURED = ("email", "phone", "card", "iban", "ssn")
Finder = Callable[[Sequence[str]], list[Spans]]


def main() -> None:
    """Run the comparison as the command line says."""
    told = arguments(__doc__).parse_args()
    show(rows(), as_json=told.json)


def rows() -> Iterator[Row]:
    """One row a question; `ours` and `peer` are seconds, their quality stands beside them."""
    peer = personal_presidio.presidio() if personal_presidio.installed() else None
    name = "presidio, en_core_web_sm" if peer else "presidio is not installed"
    texts, truths = _public_set()
    ours, seconds = _timed(patterns, texts)
    theirs, their_seconds = _timed(peer, texts) if peer else (None, None)
    us, them = score(truths, ours), score(truths, theirs) if theirs else None

    def row(about: str, measure: Callable[[Scores], float]) -> Row:
        return Row(f"pii_presidio, {about}", "seconds", seconds, their_seconds, name,
                   measure(us), measure(them) if them else None)  # fmt: skip

    kinds = tuple(dict.fromkeys(PERSONAL.values()))
    yield row("F2 of the personal kinds", lambda scores: scores.f2(kinds))
    yield row("recall of the structured kinds", lambda scores: scores.recall(STRUCTURED))
    for kind in kinds:
        if kind in us.true:
            count = us.true[kind]
            yield row(f"F2 of {kind} ({count:,})", lambda scores, kind=kind: scores.f2([kind]))  # type: ignore[misc]
    if peer:
        yield _second_tier(texts, truths, ours, kinds, name, (them, their_seconds))
    yield from _made_rows(peer, name)
    yield _false_hits(peer, name)


def patterns(texts: Sequence[str]) -> list[Spans]:
    """Our first tier."""
    found: list[list[tuple[int, int, str]]] = [[] for _ in texts]
    for row, start, end, kind in detect(pl.Series(texts)).iter_rows():
        found[row].append((start, end, kind))
    return [*found]


def _second_tier(
    texts: list[str],
    truths: list[Spans],
    ours: list[Spans],
    kinds: Sequence[str],
    name: str,
    peer: tuple[Scores | None, float | None],
) -> Row:
    """Both tiers together; the peer is presidio alone, as above."""
    started = time.perf_counter()
    read = read_names(pl.Series(texts), 10.0, Silent())
    spans = pl.DataFrame(
        [(row, *span) for row, found in enumerate(ours) for span in found], SCHEMA, orient="row"
    )
    both = both_tiers(spans, read.spans)
    seconds = time.perf_counter() - started
    found: list[list[tuple[int, int, str]]] = [[] for _ in texts]
    for row, start, end, kind in both.iter_rows():
        found[row].append((start, end, kind))
    them, their_seconds = peer
    return Row("pii_presidio, F2 of the personal kinds, both tiers", "seconds", seconds,
               their_seconds, name, score(truths, [*found]).f2(kinds),
               them.f2(kinds) if them else None)  # fmt: skip


def _public_set() -> tuple[list[str], list[Spans]]:
    file = folder("pii_presidio") / "synth_v2_half_a.jsonl"
    read = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    truths = [[(s["start"], s["end"], s["label"]) for s in one["spans"]] for one in read]
    return [one["text"] for one in read], [*truths]


def _made_rows(peer: Finder | None, name: str) -> Iterator[Row]:
    """Recall on kinds that the public set lacks; presidio has no recogniser for keys."""
    texts, truths, forms = made(SEED)
    ours, seconds = _timed(patterns, texts)
    theirs, their_seconds = _timed(peer, texts) if peer else (None, None)
    for form in dict.fromkeys(forms):
        mine = [place for place, one in enumerate(forms) if one == form]

        def recall(spans: Sequence[Spans], mine: Sequence[int] = mine) -> float:
            return sum(set(truths[place]) <= set(spans[place]) for place in mine) / len(mine)

        yield Row(f"{len(mine)} made rows, {form}: found whole", "seconds", seconds, their_seconds,
                  name, recall(ours), recall(theirs) if theirs else None)  # fmt: skip


def _false_hits(peer: Finder | None, name: str) -> Row:
    """Hits in questions to a bank, which name nobody."""
    texts = pl.read_csv(folder("banking77") / "train.csv")["text"].sample(1000, seed=SEED).to_list()
    ours, seconds = _timed(patterns, texts)
    theirs, their_seconds = _timed(peer, texts) if peer else (None, None)
    return Row("1,000 rows of BANKING77: false hits", "seconds", seconds, their_seconds, name,
               sum(map(len, ours)), sum(map(len, theirs)) if theirs else None)  # fmt: skip


def _timed(finder: Finder, texts: Sequence[str]) -> tuple[list[Spans], float]:
    started = time.perf_counter()
    found = finder(texts)
    return found, time.perf_counter() - started


if __name__ == "__main__":
    main()
