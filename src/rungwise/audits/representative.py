"""Whether training resembles what will be asked in production (R16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import polars as pl

from rungwise.data.normalise import normalised
from rungwise.evaluation.distances import nearest, unit
from rungwise.evaluation.shifted import Share, distributions, many, shares
from rungwise.evaluation.uncovered import LEAST, Coverage, coverage
from rungwise.evaluation.wording import agreeing, counted
from rungwise.percent import percent
from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding, RowReference

if TYPE_CHECKING:
    from numpy.typing import NDArray

READ = 10_000
"""Production texts that are looked at; a sample where there are more."""
NAMED = 20
"""Regions that are named at most, and no more than a tenth of the sample: they are to be read."""
ODD = 0.05
"""A text is odd where fewer held-out rows than this lie as far out."""
GAP = 0.1
"""Gap between two distributions of lengths below which nobody would notice."""
SHOWN = 3


class Representative:
    """Compares an unlabelled production sample with train: regions, classes, lengths.

    What chance does is read off validation, which was drawn like train: no threshold on a
    distance is needed. A draw is a text that differs from the others: a request that was sent 300
    times tells what one tells. Scripts are the business of `language`.
    """

    requirement: ClassVar[str] = "R16"
    title: ClassVar[str] = "Training rows against a production sample"
    stage: ClassVar[Stage] = "content"
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """Findings on what train lacks or has too much of; or that nobody can know."""
        if context.train.is_empty() or context.validation.is_empty():
            return []
        if context.unusable:
            return [_unreadable(context.unusable)]
        if context.production is None or context.production.is_empty():
            return [_unknown()]
        sample = context.production[_different(context.production)]
        if len(sample) > READ:
            sample = sample.sample(READ, seed=context.policy.seed)
        found = [_few(context, context.production), _lengths(context, sample)]
        return [one for one in (*found, *_by_embedding(context, sample)) if one]


def _different(rows: pl.DataFrame) -> NDArray[np.int64]:
    """Places of the first row of each text, in order."""
    return np.sort(np.unique(normalised(rows["input"]).to_numpy(), return_index=True)[1])


def _unknown() -> Finding:
    return Finding(
        code="representative.unknown",
        severity="info",
        title="0 production rows are given: whether train resembles production is not known",
        advice="Name a file of 100–200 unlabelled requests, or more, as `data.production`.",
        requirement="R16",
        numbers={"rows": 0},
    )


def _unreadable(why: str) -> Finding:
    return Finding(
        code="representative.unreadable",
        severity="warn",
        title=f"Whether train resembles production is not known: {why}",
        advice="Correct the file, or name another one as `data.production`; then audit again.",
        requirement="R16",
        numbers={"rows": 0},
    )


def _few(context: AuditContext, sample: pl.DataFrame) -> Finding | None:
    least, distinct = context.policy.production_rows, sample["input"].n_unique()
    if distinct >= least:
        return None
    return Finding(
        code="representative.few",
        severity="warn",
        title=f"The production sample has {distinct:,} different texts, fewer than {least:,}",
        advice="It can show what is missing, not that nothing is: collect more.",
        requirement="R16",
        count=distinct,
        numbers={"rows": len(sample), "distinct": distinct, "least": least},
    )


def _lengths(context: AuditContext, sample: pl.DataFrame) -> Finding | None:
    lengths = [
        rows["input"].str.len_chars().to_numpy().astype(np.float64)
        for rows in (context.train[_different(context.train)], sample)
    ]
    gap = distributions(lengths[0], lengths[1])
    if gap.chance >= context.policy.production_shift or gap.size < GAP:
        return None
    train, production = (float(np.median(one)) for one in lengths)
    return Finding(
        code="representative.length",
        severity="warn",
        title=(
            f"Production texts have other lengths: {percent(gap.second)} of {len(sample):,} "
            f"different "
            f"ones have at most {gap.at:,.0f} characters, {percent(gap.first)} in train "
            f"(p = {gap.chance:.1g})"
        ),
        advice="Add training rows of the lengths that train lacks, or cut both alike.",
        requirement="R16",
        count=len(sample),
        numbers={
            "train": train,
            "production": production,
            "at": gap.at,
            "train_share": gap.first,
            "production_share": gap.second,
            "gap": gap.size,
            "chance": gap.chance,
        },
    )


def _by_embedding(context: AuditContext, sample: pl.DataFrame) -> list[Finding | None]:
    if context.embeddings is None:
        return [_unmeasured(sample, "no model was asked")]
    made = []
    for rows in (context.train, context.validation, sample):
        vectors = context.embeddings(rows["input"])
        if isinstance(vectors, str):
            return [_unmeasured(sample, vectors)]
        made.append(unit(vectors))
    train, held_out, asked = made[0], made[1][_different(context.validation)], made[2]
    limit = min(NAMED, max(1, len(sample) // 10))
    seen = coverage(asked, train, held_out, limit, context.policy.seed)
    if seen is None:
        why = f"validation has {len(held_out):,} different texts, {LEAST} are needed"
        return [_unmeasured(sample, why)]
    return [_regions(context, sample, seen), _classes(context, seen, train, held_out)]


def _unmeasured(sample: pl.DataFrame, why: str) -> Finding:
    return Finding(
        code="representative.unmeasured",
        severity="info",
        title=f"{len(sample):,} different production texts were not compared by meaning: {why}",
        advice="Name a base model that can be opened, and give validation more rows.",
        requirement="R16",
        count=len(sample),
        numbers={"rows": len(sample)},
    )


def _regions(context: AuditContext, sample: pl.DataFrame, seen: Coverage) -> Finding | None:
    """The least covered regions, as rows to read; a warning where they are more than chance."""
    regions = [one for one in seen.regions if one.evidence > 0]
    if not regions:
        return None
    odd = int((seen.chance <= ODD).sum())
    chance = many(odd, len(sample), ODD)
    shifted = chance < context.policy.production_shift
    near = context.train[seen.beside].select("id", "line", "expected")
    rows = tuple(
        RowReference(
            sample["id"][place],
            None,
            sample["line"][place],
            round(float(seen.chance[place]), 4),
            RowReference(near["id"][place], "train", near["line"][place]),
        )
        for region in regions
        for place in region.rows
    )
    places = [
        f"line {sample['line'][one.rows[0]]} (nearest label {near['expected'][one.rows[0]]!r})"
        for one in regions[:SHOWN]
    ]
    more = ", …" if len(regions) > SHOWN else ""
    return Finding(
        code="representative.region",
        severity="warn" if shifted else "info",
        title=(
            f"{counted(len(regions), 'region')} of production ({len(rows):,} of {len(sample):,} "
            f"different texts) {'is' if len(regions) == 1 else 'are'} covered least by train: "
            f"{', '.join(places)}{more}"
        ),
        advice=(
            "Read these rows first, one of each text: where one asks for something that no class "
            "means, collect rows and add the class."
            + (
                f" {odd:,} texts lie further out than {percent(1 - ODD)} of validation; chance "
                f"would "
                f"give {ODD * len(sample):.0f} (p = {chance:.1g})."
                if shifted
                else " By their number alone they could be chance."
            )
        ),
        requirement="R16",
        count=len(rows),
        rows=rows,
        numbers={
            "odd": odd,
            "expected_odd": ODD * len(sample),
            "chance": chance,
            "regions": [
                {
                    "lines": [int(sample["line"][place]) for place in one.rows],
                    "nearest": str(near["expected"][one.rows[0]]),
                    "evidence": round(one.evidence, 3),
                }
                for one in regions
            ],
        },
    )


def _classes(
    context: AuditContext,
    seen: Coverage,
    train: NDArray[np.float32],
    held_out: NDArray[np.float32],
) -> Finding | None:
    """Labels of the nearest training rows, in production against validation."""
    if not kind_of(context.task).labels:
        return None
    labels = context.train["expected"]
    asked = labels[seen.beside].to_list()
    usual = labels[nearest(held_out, train)[1]].to_list()
    found = shares(usual, asked, context.policy.production_shift)
    if not found:
        return None
    told = ", ".join(_told(one) for one in found[:SHOWN]) + (", …" if len(found) > SHOWN else "")
    return Finding(
        code="representative.class",
        severity="warn",
        title=f"{agreeing(len(found), '1 class has', f'{len(found):,} classes have')} another "
        f"share in production than in the data: {told}",
        advice=(
            "Collect rows of the classes that production asks for more often; where the shares "
            "are meant to differ, weigh the metric accordingly."
        ),
        requirement="R16",
        count=len(found),
        numbers={"shares": {one.label: [one.first, one.second] for one in found}},
    )


def _told(share: Share) -> str:
    return f"{share.label!r} {percent(share.second, 1)} against {percent(share.first, 1)}"
