"""Applying decisions to the parts, one transform after another; the same chain, the same rows.

A transform carries its decisions with it, new texts included, so replaying a chain needs neither
the detector nor the person that once decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import polars as pl

from rungwise.data import quarantine
from rungwise.data.curation.record import Action, Transform
from rungwise.errors import DataError

DROPPED = "curated"
"""Kind of reason in the quarantine of a row that a decision dropped."""


@dataclass(frozen=True, slots=True)
class Curated:
    """The parts of a data version that curation may change.

    Attributes:
        train: Rows to train on.
        validation: Rows to decide on: their labels change, none is dropped.
        quarantine: Rows set aside, those of the split first, then each dropped row with its
            reason.
        merged: Label that vanished → label that took its rows.
    """

    train: pl.DataFrame
    validation: pl.DataFrame
    quarantine: pl.DataFrame
    merged: tuple[tuple[str, str], ...] = ()


def replay(
    start: Curated, chain: Iterable[Transform], decisions: Callable[[str], pl.DataFrame]
) -> Curated:
    """Apply a chain to the parts of a split.

    Args:
        start: The parts as they were divided.
        chain: Transforms, first to last.
        decisions: Digest → the decisions of a transform.
    """
    for transform in chain:
        start = apply(start, transform.action, decisions(transform.decisions))
    return start


def measured(
    start: Curated, chain: Iterable[Transform], decisions: Callable[[str], pl.DataFrame]
) -> Curated:
    """The parts of a split as answers are scored on them: every row and every text stays (C5).

    A class that was merged is read as the one that took it, and a label that somebody adjudicated
    as that person has it. What a detector proposed changes what is learnt, never what is right.
    The arguments are those of `replay`.
    """
    for transform in chain:
        if transform.action in ("merge", "relabel"):
            told = decisions(transform.decisions)
            if transform.action == "relabel":
                told = told.filter(pl.col("by").is_not_null())
            start = apply(start, transform.action, told)
    return start


def apply(parts: Curated, action: Action, decisions: pl.DataFrame) -> Curated:
    """Apply decisions of one action, with the columns of `decisions.SCHEMA`."""
    if action == "merge":
        return _merged(parts, decisions)
    if action == "drop":
        return _dropped(parts, decisions)
    column = "expected" if action == "relabel" else "input"
    return replace(
        parts,
        train=_changed(parts.train, decisions, column),
        validation=_changed(parts.validation, decisions, column),
    )


def vanishing(merged: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Label that vanished → the label that stands for it after all merges."""
    final: dict[str, str] = {}
    for old, new in merged:
        final = {label: new if to == old else to for label, to in final.items()} | {old: new}
        final.pop(new, None)
    return final


def _changed(rows: pl.DataFrame, decisions: pl.DataFrame, column: str) -> pl.DataFrame:
    changes = decisions.select("id", "value")
    joined = rows.join(changes, on="id", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("value", column).alias(column)).select(rows.columns)


def _dropped(parts: Curated, decisions: pl.DataFrame) -> Curated:
    why = decisions.select("id", why="reason")
    left, aside = {}, [parts.quarantine]
    for name, rows in (("train", parts.train), ("validation", parts.validation)):
        matched = rows.join(why, on="id", how="left", maintain_order="left")
        gone = matched.filter(pl.col("why").is_not_null()).with_columns(
            pl.format("{}: {}", pl.lit(DROPPED), "why").alias("reason")
        )
        left[name] = matched.filter(pl.col("why").is_null()).select(rows.columns)
        if left[name].is_empty() and len(rows):
            raise DataError(
                f"The decisions drop all {len(rows):,} rows of {name}",
                "Keep some to learn from and to decide on.",
            )
        aside.append(quarantine.of(gone))
    return Curated(left["train"], left["validation"], pl.concat(aside), parts.merged)


def _merged(parts: Curated, decisions: pl.DataFrame) -> Curated:
    """A class that is merged vanishes wherever it is expected: nothing could answer it any more."""
    pairs = tuple(decisions.select("id", "value").iter_rows())
    final = vanishing(pairs)
    old, new = list(final), list(final.values())
    renamed = pl.col("expected").replace(old, new)
    return replace(
        parts,
        train=parts.train.with_columns(renamed),
        validation=parts.validation.with_columns(renamed),
        merged=(*parts.merged, *pairs),
    )
