"""`python -m benchmarks.audit.personal`: personal data by rules and checksums, beside presidio."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl

from benchmarks.audit import personal_presidio
from benchmarks.audit.data import folder
from benchmarks.audit.personal_rows import made
from benchmarks.audit.personal_scores import PERSONAL, Scores, Spans, score
from benchmarks.rows import Row, arguments, show
from rungwise.audits.personal import looked_at
from rungwise.data.personal.detect import detect
from rungwise.modalities.text import Text, people
from rungwise.policy import Policy
from rungwise.progress import Silent

SEED, SECONDS = 20, 10.0
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
    theirs, their_seconds = _timed(peer, texts) if peer else (None, None)
    them = score(truths, theirs) if theirs else None
    kinds = tuple(dict.fromkeys(PERSONAL.values()))
    finders = {"patterns": patterns, "and the learnt reader": both}
    for tiers, finder in finders.items():
        ours, seconds = _timed(finder, texts)
        us = score(truths, ours)

        def row(
            about: str,
            measure: Callable[[Scores], float],
            us: Scores = us,
            tiers: str = tiers,
            seconds: float = seconds,
        ) -> Row:
            return Row(f"pii_presidio, {tiers}: {about}", "seconds", seconds, their_seconds, name,
                       measure(us), measure(them) if them else None)  # fmt: skip

        yield row("F2 of the personal kinds", lambda scores: scores.f2(kinds))
        yield row("recall of the structured kinds", lambda scores: scores.recall(STRUCTURED))
        for kind in kinds:
            if count := us.true.get(kind):
                yield row(f"F2 of {kind} ({count:,})", lambda scores, kind=kind: scores.f2([kind]))  # type: ignore[misc]
                yield row(f"recall of {kind}", lambda scores, kind=kind: scores.recall([kind]))  # type: ignore[misc]
    yield from _made_rows(peer, name)
    yield from _false_hits(peer, name)


def patterns(texts: Sequence[str]) -> list[Spans]:
    """Our first tier."""
    return _by_text(detect(pl.Series(texts)), len(texts))


def both(texts: Sequence[str]) -> list[Spans]:
    """Patterns and the learnt reader, as an audit has them unless told otherwise."""
    backbone = Text().open(people.ENCODER, Path())
    read = partial(people.read, backbone=backbone, seconds=SECONDS, progress=Silent())
    context: Any = SimpleNamespace(policy=Policy(), progress=Silent(), people=read)
    return _by_text(looked_at(pl.Series("input", texts), context).spans, len(texts))


def _by_text(spans: pl.DataFrame, count: int) -> list[Spans]:
    found: list[list[tuple[int, int, str]]] = [[] for _ in range(count)]
    for row, start, end, kind in spans.iter_rows():
        found[row].append((start, end, kind))
    return [*found]


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


def _false_hits(peer: Finder | None, name: str) -> Iterator[Row]:
    """Hits in questions to a bank, which name nobody but one son; none was learnt from."""
    texts = _questions("train").sample(1000, seed=SEED).to_list()
    theirs, their_seconds = _timed(peer, texts) if peer else (None, None)
    for tiers, finder in (("patterns", patterns), ("and the learnt reader", both)):
        ours, seconds = _timed(finder, texts)
        yield Row(f"1,000 rows of BANKING77, {tiers}: false hits", "seconds", seconds,
                  their_seconds, name, sum(map(len, ours)),
                  sum(map(len, theirs)) if theirs else None)  # fmt: skip
    tested = _questions("test").to_list()
    ours, seconds = _timed(both, tested)
    yield Row(f"all {len(tested):,} test rows of BANKING77, both: false hits", "seconds", seconds,
              None, "", sum(map(len, ours)))  # fmt: skip


def _questions(part: str) -> pl.Series:
    return pl.read_csv(folder("banking77") / f"{part}.csv")["text"]


def _timed(finder: Finder, texts: Sequence[str]) -> tuple[list[Spans], float]:
    started = time.perf_counter()
    found = finder(texts)
    return found, time.perf_counter() - started


if __name__ == "__main__":
    main()
