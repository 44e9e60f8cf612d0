"""Plain statistics of a week of requests beside those of the release's held-out rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from rungwise.data.languages import languages
from rungwise.data.personal.redact import REPLACED
from rungwise.percent import percent
from rungwise.release.reference import written_texts
from rungwise.workflow.watched_scores import Watched

READ = 400
"""Texts whose language is told."""
SHOWN = 3


@dataclass(frozen=True, slots=True)
class WeekStatistics:
    """Numbers of one week, and of the held-out rows in pairs: (week, held-out rows).

    Attributes:
        rows: Rows of the sample.
        requests: How many requests they stand for.
        size: Median size of an input.
        unknown: Share of texts with a character that the training rows have not; alone.
        languages: Code → share of the week and of the training rows.
        labels: Label → its share; those that differ most first.
        confidence: Mean confidence; None without any.
        review: Share that goes to review; None without a threshold.
        cut: Share of generated texts that ended at their limit; None for labels; alone.
        length: Median characters of a generated text; None for labels; alone.
        faults: What rules find wrong with generated texts → its share; those most frequent first.
        sources: Who filled the sample → rows.
    """

    rows: int
    requests: float
    size: tuple[float, float] | None = None
    unknown: float | None = None
    languages: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    labels: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    confidence: tuple[float, float] | None = None
    review: tuple[float, float] | None = None
    cut: float | None = None
    length: float | None = None
    sources: Mapping[str, int] = field(default_factory=dict)
    faults: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The numbers in words."""
        told = []
        if self.size:
            told.append(f"Inputs: median size {self.size[0]:g} (test rows {self.size[1]:g}).")
        if self.unknown is not None and self.unknown > 0:
            told.append(
                f"{percent(self.unknown)} of the texts have a character that no training row has."
            )
        if self.languages:
            pairs = [f"{code} {percent(now)} ({percent(then)})"
                     for code, (now, then) in list(self.languages.items())[:SHOWN]]  # fmt: skip
            told.append(f"Languages (of training rows): {', '.join(pairs)}.")
        if self.labels:
            pairs = [f"{label} {percent(now)} ({percent(then)})"
                     for label, (now, then) in list(self.labels.items())[:SHOWN]]  # fmt: skip
            told.append(f"Labels that differ most (test rows): {', '.join(pairs)}.")
        for name, pair in (("Mean confidence", self.confidence), ("To review", self.review)):
            if pair:
                told.append(f"{name} {percent(pair[0])} (test rows {percent(pair[1])}).")
        if self.length is not None:
            told.append(f"Answers: median {self.length:g} characters.")
        if self.cut:
            told.append(f"{percent(self.cut)} of the answers were cut at their limit.")
        if self.faults:
            pairs = [f"{name} {percent(now)} ({percent(then)})"
                     for name, (now, then) in list(self.faults.items())[:SHOWN]]  # fmt: skip
            told.append(f"By rules alone (test rows): {', '.join(pairs)}.")
        return tuple(told)


def week_statistics(rows: pl.DataFrame, watched: Watched | None) -> WeekStatistics:
    """Count one week.

    Args:
        rows: Even part of the sample in that week.
        watched: The release; None without a reference.
    """
    sources = dict(rows.group_by("source", maintain_order=True).len().iter_rows())
    if watched is None or rows.is_empty():
        return WeekStatistics(len(rows), float(rows["weight"].sum()), sources=sources)
    held = watched.reference.held_out
    texts = rows["text"].drop_nulls().str.replace_all(REPLACED, "")
    known = set(watched.reference.characters)
    strange = [any(sign not in known for sign in text) for text in texts.to_list()]
    written = rows.filter(~pl.col("answer").is_in(list(watched.classes)))
    labels, confidence, review = _answers(rows, watched)
    return WeekStatistics(
        rows=len(rows),
        requests=float(rows["weight"].sum()),
        size=(_median(rows["size"]), float(np.median(held.lengths))) if len(held.lengths) else None,
        unknown=float(np.mean(strange)) if strange else None,
        languages=_languages(texts, watched.reference.languages),
        labels=labels,
        confidence=confidence,
        review=review,
        cut=_share(rows["cut"]),
        length=None if watched.classes else _median(written["answer"].str.len_chars()),
        sources=sources,
        faults=_faults(rows, watched),
    )


def _faults(rows: pl.DataFrame, watched: Watched) -> dict[str, tuple[float, float]]:
    """What rules find wrong with generated texts: share of the week and of the held-out rows."""
    then = watched.reference.held_out.fault
    if then is None:
        return {}
    texts = rows.select(pl.col("answer").alias("output"), "cut")
    _, now = written_texts(texts, rows["text"], json=watched.reference.json)
    pairs = {
        name: (now.count(name) / len(now), then.count(name) / max(1, len(then)))
        for name in {*now, *then}
        if name
    }
    return dict(sorted(pairs.items(), key=lambda one: (-one[1][0], one[0])))


def _answers(
    rows: pl.DataFrame, watched: Watched
) -> tuple[dict[str, tuple[float, float]], tuple[float, float] | None, tuple[float, float] | None]:
    held = watched.reference.held_out
    if held.probabilities is None or not len(held.probabilities):
        return {}, None, None
    shares = held.probabilities
    then = watched.rule.decide(shares, watched.classes, None, held.distances)
    counts = np.bincount(then.labels, minlength=len(watched.classes)) / len(then.labels)
    now = dict(rows["answer"].value_counts(normalize=True).iter_rows())
    pairs = {
        label: (float(now.get(label, 0.0)), float(share))
        for label, share in zip(watched.classes, counts, strict=True)
    }
    largest = sorted(pairs, key=lambda label: -abs(pairs[label][0] - pairs[label][1]))
    sure, asked = rows["confidence"].drop_nulls(), _share(rows["review"])
    return (
        {label: pairs[label] for label in largest},
        (float(sure.to_numpy().mean()), float(then.confidence.mean())) if len(sure) else None,
        (asked, float(then.review.mean()))
        if asked is not None and then.review is not None
        else None,
    )


def _languages(texts: pl.Series, then: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    if not then:
        return {}
    found = languages(texts.head(READ)).drop_nulls()
    now = dict(found.value_counts(normalize=True, sort=True, name="share").iter_rows())
    codes = list(dict.fromkeys([*now, *then]))
    return {code: (float(now.get(code, 0.0)), float(then.get(code, 0.0))) for code in codes}


def _median(values: pl.Series) -> float:
    return float(np.median(values.to_numpy())) if len(values) else 0.0


def _share(values: pl.Series) -> float | None:
    told = values.drop_nulls()
    return float(told.to_numpy().mean()) if len(told) else None
