"""Rows that are measured on must not be trained on: exactly, nearly, or by group (R21)."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from rungwise.data.split import COPY_OF
from rungwise.data.together import references, together
from rungwise.evaluation.wording import counted
from rungwise.percent import percent
from rungwise.plugins import modality_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding, Severity

BESIDE = ("id", "part", "line")
KEPT = (
    "Validation is never thinned, so the test may look a little better than new groups will "
    "be. Give files that keep each group whole, where that matters."
)


class Overlap:
    """Looks across the parts.

    Where the user supplied a part, copies of its rows were set aside by the split: they are
    shown, and where they are many the supplied part is not trusted. After any split no text
    and no group may be in two parts.
    """

    requirement: ClassVar[str] = "R21"
    title: ClassVar[str] = "Overlap between the parts"
    stage: ClassVar[Stage] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """Findings on copies that were set aside, and on overlap that remains."""
        parts = {"train": context.train, "validation": context.validation, "test": context.test}
        rows = together(parts)
        rows = rows.with_columns(modality_of(context.task).copy_keys(rows["input"]).alias("folded"))
        set_aside = [_set_aside(context, rows, part) for part in ("test", "validation")]
        remains = [
            _remains(rows, "folded", "overlap.text", "a text", "Split again: `rungwise split`."),
            _remains(
                rows.filter(pl.col("group").is_not_null()),
                "group",
                "overlap.group",
                "a group",
                "Drop them with `rungwise curate --accept overlap.group`, give files that keep "
                "each group whole, or leave the split to Rungwise: remove `data.test` and "
                "`data.validation`.",
            ),
        ]
        return [finding for finding in (*set_aside, *remains) if finding]


def _set_aside(context: AuditContext, rows: pl.DataFrame, part: str) -> Finding | None:
    """Copies of rows of `part` that the split kept out of what is trained on."""
    copy_of = f"{COPY_OF.format(part)}: "
    aside = context.quarantine.filter(pl.col("reason").str.starts_with(copy_of)).with_columns(
        pl.col("reason").str.strip_prefix(copy_of).alias("other_id"),
        part=pl.lit("quarantine"),
    )
    measured = rows.filter(pl.col("part") == part)
    if aside.is_empty() or measured.is_empty():
        return None
    originals = measured.select("folded", *(pl.col(name).alias(f"other_{name}") for name in BESIDE))
    aside = aside.join(originals, on="other_id", how="left", maintain_order="left")
    copied = int(measured["folded"].is_in(aside["folded"].implode()).sum())
    share, allowed = copied / len(measured), context.policy.leakage
    severity: Severity = "block" if share > allowed else "warn"
    advice = (
        f"They are out of training, so {part} stays honest. Nothing needs to be done."
        if severity == "warn"
        else f"So many copies say that {part} was not drawn apart from the rest, and near copies "
        f"will remain: leave the split to Rungwise (remove `data.{part}`), or give another file. "
        "`policy.leakage` moves this line."
    )
    return Finding(
        code=f"overlap.{part}",
        severity=severity,
        title=(
            f"{copied:,} of {len(measured):,} {part} rows ({percent(share, 1)}) have copies "
            f"elsewhere: "
            f"{len(aside):,} {'copy is' if len(aside) == 1 else 'copies are'} set aside"
        ),
        advice=advice,
        requirement="R21",
        count=len(aside),
        rows=references(aside),
        numbers={
            "copies": len(aside),
            "copied_rows": copied,
            "share": share,
            "allowed": allowed,
            "exact": _exact(aside, measured),
        },
    )


def _exact(aside: pl.DataFrame, measured: pl.DataFrame) -> int:
    originals = measured.select(other_id="id", original="input")
    joined = aside.join(originals, on="other_id", how="left")
    return int((joined["input"] == joined["original"]).sum())


def _remains(rows: pl.DataFrame, key: str, code: str, what: str, advice: str) -> Finding | None:
    """Rows that share `key` with a row of a part that is more guarded than their own."""
    straddling = rows.filter(pl.col("part").n_unique().over(key) > 1)
    if straddling.is_empty():
        return None
    # The row to show beside another: of the most guarded part that holds the same key.
    guarded = {"test": 0, "validation": 1, "train": 2}
    rank = pl.col("part").replace_strict(guarded, return_dtype=pl.Int64)
    firsts = (
        straddling.with_columns(rank.alias("rank"))
        .sort("rank", maintain_order=True)
        .unique(key, keep="first", maintain_order=True)
    )
    beside = firsts.select(key, *(pl.col(name).alias(f"other_{name}") for name in BESIDE))
    shown = straddling.join(beside, on=key, how="left", maintain_order="left").filter(
        pl.col("part") != pl.col("other_part")
    )
    keys = straddling[key].n_unique()
    trained = shown.filter(pl.col("part") == "train").height
    why = (
        f"{trained:,} of them are trained on, and what is measured is like them"
        if trained
        else "none of them is trained on, but what chooses is like what tests"
    )
    return Finding(
        code=code,
        severity="block" if trained else "warn",
        title=(
            f"{counted(len(shown), 'row')} {'shares' if len(shown) == 1 else 'share'} {what} with "
            f"a row of another part ({keys:,} in {len(straddling):,} rows): {why}"
        ),
        advice=advice if trained else KEPT,
        requirement="R21",
        count=len(shown),
        rows=references(shown),
        numbers={"rows": len(shown), "shared": keys, "trained_on": trained},
    )
