"""Rows that nearly repeat another row: some words changed, the rest the same (R21)."""

from __future__ import annotations

from typing import ClassVar, Literal

import polars as pl

from rungwise.data.near.depth import depth_of
from rungwise.data.near.nearness import SURE
from rungwise.data.split import COPY_OF
from rungwise.data.together import together
from rungwise.evaluation.wording import agreeing, counted
from rungwise.percent import percent
from rungwise.plugins import modality_of
from rungwise.protocols import AuditContext, NearPairs
from rungwise.records import Finding, RowReference, Severity

SHOWN = ("id", "part", "line")
LESS_GUARDED = {"test": ("train", "validation"), "validation": ("train",)}


class NearCopies:
    """Looks for near copies across the parts, and inside each of them.

    Exact and normalised copies are the business of `overlap` and `copies`. The splitter keeps
    near copies together, so across the parts they are found where the user supplied a part, or
    where validation is drawn to resemble the user's own test part.
    """

    requirement: ClassVar[str] = "R21"
    title: ClassVar[str] = "Rows that nearly repeat another row"
    stage: ClassVar[Literal["structure", "content"]] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = True

    def examine(self, context: AuditContext) -> list[Finding]:
        """One finding a measured part that has near copies elsewhere, and one for the rest."""
        parts = {"train": context.train, "validation": context.validation, "test": context.test}
        rows = together(parts)
        split_at = context.split.numbers.get("depth")
        depth = context.depth or split_at or depth_of(context.task, len(rows))
        context.progress.say(f"Near copies are looked for {depth} among {len(rows):,} rows.")
        find = context.near or modality_of(context.task).near
        near = find(rows["input"], depth, context.progress)
        rows = rows.with_columns(text=pl.Series(near.number, dtype=pl.Int64))
        paired = _paired(rows, near)
        across = [_across(context, rows, paired, part, depth) for part in LESS_GUARDED]
        return [finding for finding in (*across, _inside(rows, paired, depth)) if finding]


def _paired(rows: pl.DataFrame, near: NearPairs) -> pl.DataFrame:
    """Each pair in both directions, as the first row of each text in each part; by score."""
    columns = [*SHOWN, "group", "source", "text"]
    firsts = rows.with_row_index("place").select("place", *columns)
    firsts = firsts.unique(["part", "text"], keep="first", maintain_order=True)
    one, other = near.pairs.T
    pairs = pl.DataFrame({"text": one, "other_text": other, "score": near.score})
    back = pairs.select(text="other_text", other_text="text", score="score")
    beside = firsts.select(pl.all().name.prefix("other_"))
    return (
        firsts.join(pl.concat([pairs, back]), on="text")
        .join(beside, on="other_text")
        .sort("score", "place", "other_place", descending=[True, False, False])
    )


def _across(
    context: AuditContext, rows: pl.DataFrame, paired: pl.DataFrame, part: str, depth: str
) -> Finding | None:
    """Rows outside `part` that nearly copy a row of it."""
    found = paired.filter((pl.col("other_part") == part) & pl.col("part").is_in(LESS_GUARDED[part]))
    if found.is_empty():
        return None
    measured = rows.filter(pl.col("part") == part)
    near = measured["text"].is_in(found["other_text"].implode())
    trained = found.filter(pl.col("part") == "train")
    sure = trained.filter(pl.col("score") >= SURE)["other_text"]
    copied = pl.concat([sure, _copied(context, measured, part)])
    share = int(measured["text"].is_in(copied.implode()).sum()) / len(measured)
    allowed = context.policy.leakage
    same = [pl.col(name) == pl.col(f"other_{name}") for name in ("group", "source")]
    together = trained.filter(pl.any_horizontal(same).fill_null(value=False))
    severity: Severity = (
        "block" if share > allowed or (part in context.given and len(together)) else "warn"
    )
    shown = found.row(0, named=True)
    return Finding(
        code=f"near_copies.{part}",
        severity=severity,
        title=(
            f"{int(near.sum()):,} of {len(measured):,} {part} rows "
            f"({percent(int(near.sum()) / len(measured), 1)}) nearly "
            f"{agreeing(int(near.sum()), 'repeats', 'repeat')} a row that is trained on or chosen "
            f"by: such as {shown['other_id']!r} and {shown['id']!r}, score {shown['score']:.2f}"
        ),
        advice=_advice(part, severity, len(together), context),
        requirement="R21",
        count=len(found),
        rows=_references(found),
        numbers={
            "pairs": len(found),
            "rows": int(near.sum()),
            "share": int(near.sum()) / len(measured),
            "share_sure_or_copied": share,
            "allowed": allowed,
            "share_a_source": len(together),
            "depth": depth,
        },
    )


def _copied(context: AuditContext, measured: pl.DataFrame, part: str) -> pl.Series:
    """Texts of the measured rows whose exact or normalised copies were set aside."""
    copy_of = f"{COPY_OF.format(part)}: "
    reasons = context.quarantine["reason"]
    ids = reasons.filter(reasons.str.starts_with(copy_of)).str.strip_prefix(copy_of)
    return measured.filter(pl.col("id").is_in(ids.implode()))["text"]


def _advice(part: str, severity: Severity, together: int, context: AuditContext) -> str:
    if part not in context.given:
        if context.split.numbers.get("near_score") == SURE:
            return (
                "Your test part resembles train as much: validation is drawn alike, so that it "
                "foretells the test. Give a test part drawn apart if new texts will not be so near."
            )
        if context.split.numbers.get("depth") == "deep":
            return (
                "They were no near copies when the rows were divided: texts that were redacted or "
                "changed since resemble each other more. Read the pairs; the goal is reported on "
                "the rows without a near copy in train, too."
            )
        return "Keep such rows together: set `data.depth: deep`, and split again."
    if severity == "warn":
        return (
            "Read the pairs. Short texts resemble each other by nature; rows made from one "
            f"another do not belong in both files: take them out of {context.task.data.source}."
        )
    if together:
        return (
            f"{together:,} of the pairs share a group or a file, so the one was made from the "
            "other or with it: give files that keep them together, or leave the split to "
            f"Rungwise (remove `data.{part}`)."
        )
    return (
        f"So many say that {part} was not drawn apart from the rest: leave the split to Rungwise "
        f"(remove `data.{part}`), or give another file. `policy.leakage` moves this line."
    )


def _inside(rows: pl.DataFrame, paired: pl.DataFrame, depth: str) -> Finding | None:
    """Rows that nearly repeat an earlier row of their own part."""
    inside = paired.filter(
        (pl.col("part") == pl.col("other_part")) & (pl.col("other_place") < pl.col("place"))
    )
    if inside.is_empty():
        return None
    nearest = inside.unique("place", keep="first", maintain_order=True).sort("place")
    sizes = _cluster_sizes(inside)
    return Finding(
        code="near_copies.repeated",
        severity="warn",
        title=(
            f"{len(nearest):,} of {len(rows):,} rows nearly "
            f"{agreeing(len(nearest), 'repeats', 'repeat')} an earlier row of "
            f"{agreeing(len(nearest), 'its', 'their')} part, "
            f"in {counted(len(sizes), 'cluster')} of up to {max(sizes):,}"
        ),
        advice=(
            "No near copy straddles the parts by this. Read the largest clusters: rows made from "
            "one another count one example several times."
        ),
        requirement="R21",
        count=len(nearest),
        rows=_references(nearest),
        numbers={
            "rows": len(nearest),
            "share": len(nearest) / len(rows),
            "pairs": len(inside),
            "clusters": len(sizes),
            "largest_cluster": max(sizes),
            "depth": depth,
        },
    )


def _cluster_sizes(pairs: pl.DataFrame) -> list[int]:
    """Texts in each connected component."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    places = pl.concat([pairs["place"], pairs["other_place"]]).unique().sort()
    known = places.to_numpy()
    edges = tuple(
        np.searchsorted(known, pairs[name].to_numpy()) for name in ("place", "other_place")
    )
    graph = coo_array((np.ones(len(pairs), bool), edges), shape=(len(known), len(known)))
    return [int(size) for size in np.bincount(connected_components(graph, directed=False)[1])]


def _references(found: pl.DataFrame) -> tuple[RowReference, ...]:
    names = [*SHOWN, "score", *(f"other_{name}" for name in SHOWN)]
    return tuple(
        RowReference(id, part, line, round(score, 4), RowReference(*other))
        for id, part, line, score, *other in found.select(names).iter_rows()
    )
