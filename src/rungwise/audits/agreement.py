"""Whether the people who label agree, and where they do not (R14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from rungwise.data.ratings import items, rated
from rungwise.data.together import references, together
from rungwise.evaluation.agreement import Counts, alpha_interval, class_alphas, fleiss_kappa
from rungwise.evaluation.annotators import annotators, pairwise_kappa
from rungwise.evaluation.consensus import dawid_skene
from rungwise.evaluation.ratings import Ratings
from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding, Rating

SHOWN = 3
SECOND_OPINION = (
    "Have somebody else label a random sample without seeing the first labels: `rungwise audit "
    "--review FILE --blind` writes it, and reads the second labels back. "
    "`policy.cross_check_rows` moves this line."
)


class Agreement:
    """Compares what several people said of the same items, in train and validation.

    Ratings are rows that share an id, or without ids a text, and differ in their annotator; labels
    that were given blind count as ratings of their rows. The labels of the test part are sealed, so
    it is not looked at. Without an annotator column there is nothing to compare.
    """

    requirement: ClassVar[str] = "R14"
    title: ClassVar[str] = "Agreement of the people who label"
    stage: ClassVar[Stage] = "content"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False
    rereads: ClassVar[Literal["ratings"]] = "ratings"

    def examine(self, context: AuditContext) -> list[Finding]:
        """Findings on agreement, on the rows in dispute, on annotators, and what to check."""
        if not kind_of(context.task).labels:
            return []
        rows = together({"train": context.train, "validation": context.validation})
        rows = _with_ratings(rows, context.ratings, named=context.task.data.id is not None)
        people = rows["annotator"].n_unique()
        if people < 2:
            return [_one_person(rows, context)] if people else []
        ratings = Ratings.of(rows["item"], rows["annotator"], rows["expected"])
        findings = [
            _overall(ratings, context),
            _disputed(rows, ratings),
            _annotators(ratings, context),
            _cross_check(rows, ratings, context),
        ]
        return [finding for finding in findings if finding]


def _with_ratings(rows: pl.DataFrame, given: Mapping[str, Rating], *, named: bool) -> pl.DataFrame:
    """What each annotator said of each item, with a column `blind` for labels given blind."""
    rows = rows.with_columns(items(rows, named=named))
    told = rated(rows, named=named).with_columns(blind=pl.lit(value=False))
    second = pl.DataFrame(
        [(row, one.label, one.by) for row, one in given.items()],
        {"id": pl.String, "expected": pl.String, "annotator": pl.String},
        orient="row",
    )
    beside = told.drop("expected", "annotator").join(second, on="id", how="inner")
    beside = beside.with_columns(blind=pl.lit(value=True)).select(told.columns)
    return pl.concat([told, beside], how="vertical_relaxed").unique(
        ["item", "annotator"], keep="first", maintain_order=True
    )


def _one_person(rows: pl.DataFrame, context: AuditContext) -> Finding:
    """A sample for a second opinion, as one person labelled everything."""
    drawn = rows.sample(
        min(context.policy.cross_check_rows, len(rows)), seed=context.policy.seed, shuffle=True
    )
    return Finding(
        code="agreement.cross_check",
        severity="info",
        title=(
            f"One person labelled all {len(rows):,} rows, so nobody knows whether others would "
            f"label alike: {len(drawn):,} rows are drawn for a second opinion"
        ),
        advice=SECOND_OPINION,
        requirement="R14",
        count=len(drawn),
        rows=references(drawn),
        numbers={"items": 0, "least": context.policy.cross_check_rows, "annotators": 1},
    )


def _overall(ratings: Ratings, context: AuditContext) -> Finding | None:
    counts, policy = Counts.of(ratings), context.policy
    alpha = alpha_interval(counts, policy)
    if alpha is None:
        return None
    by_class = zip(ratings.labels, class_alphas(counts).tolist(), strict=True)
    worst = sorted((value, label) for label, value in by_class if not np.isnan(value))
    pairs = pairwise_kappa(ratings)
    shown = ", ".join(f"{label!r} {value:.2f}" for value, label in worst[:SHOWN])
    reliable = alpha.low >= policy.agreement
    advice = (
        "People who read the guideline agree. Look at the rows in dispute all the same."
        if reliable
        else f"Settle in GUIDELINE.md what tells the classes of lowest alpha apart ({shown}), have "
        "the rows in dispute decided (`rungwise audit --review FILE`), and measure again."
    )
    numbers: dict[str, Any] = {
        "alpha": alpha.value,
        "low": alpha.low,
        "high": alpha.high,
        "items": alpha.items,
        "ratings": alpha.ratings,
        "fleiss_kappa": fleiss_kappa(counts),
        "cohen_kappa": [list(pair) for pair in pairs],
        "alpha_of_class": {label: value for value, label in worst},
        "least": policy.agreement_least,
        "reliable": policy.agreement,
    }
    return Finding(
        code="agreement",
        severity="info" if reliable else "warn",
        title=(
            f"Krippendorff's alpha is {alpha.value:.3f} ({alpha.low:.3f} to {alpha.high:.3f}) over "
            f"{alpha.items:,} items that several people labelled: "
            f"{_reading(alpha.low, policy.agreement_least, policy.agreement)}"
        ),
        advice=advice,
        requirement="R14",
        count=alpha.items,
        numbers=numbers,
    )


def _reading(low: float, least: float, reliable: float) -> str:
    if low >= reliable:
        return f"reliable, above {reliable:g}"
    if low >= least:
        return f"good for tentative conclusions, not surely above {reliable:g}"
    return f"not surely above {least:g}, the least that supports a conclusion"


def _disputed(rows: pl.DataFrame, ratings: Ratings) -> Finding | None:
    """Ratings that differ from the consensus, the least certain first; all where it is tied."""
    found = dawid_skene(ratings)
    agreed = pl.DataFrame(
        {"item": ratings.items, "consensus": found.label, "probability": found.probability}
    )
    beside = rows.join(agreed, on="item", how="left", maintain_order="left").filter(
        pl.len().over("item") > 1, pl.col("expected").n_unique().over("item") > 1
    )
    count, tied = beside["item"].n_unique(), beside.filter(pl.col("consensus").is_null())
    beside = beside.filter(
        ~pl.col("blind"),  # what was labelled blind is a word on its row, and no row
        pl.col("consensus").is_null() | (pl.col("expected") != pl.col("consensus")),
    ).sort(["probability", "item"], maintain_order=True)
    if beside.is_empty():
        return None
    suggested = beside.filter(pl.col("consensus").is_not_null()).select("id", "consensus")
    several = int((ratings.sizes > 1).sum())
    return Finding(
        code="agreement.disputed",
        severity="warn",
        title=(
            f"{count:,} of {several:,} items carry different labels by different people; "
            f"{len(beside):,} rows differ from the consensus"
        ),
        advice=(
            "Decide them by the guideline: `rungwise audit --review FILE` writes them with the "
            "consensus beside each, and reads your decisions back. The consensus takes people to "
            "err independently: a mistake that they share, it shares."
            + ("" if found.settled else f" It had not settled after {found.rounds:,} rounds.")
        ),
        requirement="R14",
        count=len(beside),
        rows=references(beside),
        numbers={
            "items": count,
            "tied": tied["item"].n_unique(),
            "rounds": found.rounds,
            "settled": found.settled,
            "temperature": round(found.temperature, 4),
            "suggested": dict(suggested.iter_rows()),
        },
    )


def _annotators(ratings: Ratings, context: AuditContext) -> Finding | None:
    people = annotators(ratings, context.policy.confidence)
    apart = [one for one in people if one.differs]
    if not apart:
        return None
    shown = ", ".join(f"{one.name!r} {one.agreement:.2f}" for one in apart[:SHOWN])
    more = ", …" if len(apart) > SHOWN else ""
    return Finding(
        code="agreement.annotator",
        severity="warn",
        title=(
            f"{len(apart):,} of {len(people):,} annotators agree less with the others than these "
            f"do among themselves ({apart[0].others:.2f}): {shown}{more}"
        ),
        advice=(
            "Go through rows in dispute with them: either the guideline was read differently, or "
            "they see something that the others miss."
        ),
        requirement="R14",
        count=len(apart),
        numbers={
            "annotators": {
                one.name: {
                    "ratings": one.ratings,
                    "agreement": one.agreement,
                    "low": one.low,
                    "high": one.high,
                    "differs": one.differs,
                }
                for one in people
            }
        },
    )


def _cross_check(rows: pl.DataFrame, ratings: Ratings, context: AuditContext) -> Finding | None:
    """A sample of rows for a second opinion, where too few have one; every class in turn."""
    several, least = int((ratings.sizes > 1).sum()), context.policy.cross_check_rows
    alone = rows.filter(pl.len().over("item") == 1)
    missing = min(least - several, len(alone))
    if missing <= 0:
        return None
    order = np.random.default_rng(context.policy.seed).permutation(len(alone))
    shuffled = alone.sort("item")[pl.Series(order)]
    turn = pl.int_range(pl.len()).over("expected")
    sample = shuffled.with_columns(turn.alias("turn")).sort("turn", maintain_order=True)
    sample = sample.head(missing)
    return Finding(
        code="agreement.cross_check",
        severity="warn",
        title=(
            f"{several:,} items were labelled by more than one of the "
            f"{len(ratings.annotators):,} annotators, fewer than {least:,}: "
            f"{missing:,} rows are drawn for a second opinion"
        ),
        advice=SECOND_OPINION,
        requirement="R14",
        count=len(sample),
        rows=references(sample),
        numbers={"items": several, "least": least, "annotators": len(ratings.annotators)},
    )
