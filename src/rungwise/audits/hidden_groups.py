"""Groups that nobody named: ids, numbered series, templates, and what they would change (R21)."""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar, Literal

import numpy as np
import polars as pl

from rungwise.data.group_candidates import Candidate, candidates
from rungwise.data.group_probe import Probe, probe
from rungwise.data.near.vectors import vectors
from rungwise.data.together import together
from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext
from rungwise.records import Finding

ROWS = 3_000
"""Rows that are probed; more change the answer little and cost their square."""
BEGINNING = 2_000
"""Code points of a row that tell which rows it resembles."""
LEAST = 100
"""Rows below which a difference of a few points cannot be told from chance."""
SHOWN = 10
"""Groups of which rows are named, the largest first."""
NAMED = 5
"""Rows of each that are named."""


class HiddenGroups:
    """Looks for a group column where none was given, and shows what it would change.

    A group matters where a nearest-neighbour probe scores higher with the rows divided at random
    than with every group kept whole: the difference is memory of the group. Only labelled rows
    (train and validation) are looked at, with the columns that the task gives no meaning, and only
    text; `rungwise.data.group_probe` takes any
    features.
    """

    requirement: ClassVar[str] = "R21"
    title: ClassVar[str] = "Groups that nobody named"
    stage: ClassVar[Literal["structure", "content"]] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    depends_on_depth: ClassVar[bool] = True

    def examine(self, context: AuditContext) -> list[Finding]:
        """One finding on the grouping that changes the score most, with every other that matters.

        A column as it stands goes before what was derived, where neither drop is outside the
        other's interval: it can be named as `data.group`.
        """
        task = context.task
        if task.data.group or not kind_of(task).labels:
            return []
        rows = together({"train": context.train, "validation": context.validation})
        if len(rows) > ROWS:
            rows = rows.sample(ROWS, seed=context.policy.seed, shuffle=False)
        if len(rows) < LEAST:
            return []
        names = {"input": rows["input"]} | ({"id": rows["id"]} if task.data.id else {})
        unnamed = context.unnamed(rows) if context.unnamed else {}
        names |= {f"column `{name}`": cells for name, cells in unnamed.items()}
        features = vectors(rows["input"].str.head(BEGINNING), context.policy.seed)
        labels = (rows["expected"].rank("dense").cast(pl.Int64) - 1).to_numpy()
        tried = [c for c in candidates(names, features) if _can_be_held_out(c, labels)]
        # Several candidates are tried, so each must be surer (Bonferroni).
        level = 1 - (1 - context.policy.confidence) / max(1, len(tried))
        probed = [
            (one, probe(features, labels, one.groups, seed=context.policy.seed, level=level))
            for one in tried
        ]
        matter = [
            (candidate, scored)
            for candidate, scored in probed
            if scored.low > 0 and scored.drop >= context.policy.group_drop
        ]
        if not matter:
            return []
        columns = {f"the column `{name}`": name for name in unnamed}
        chosen, scored = _chosen(matter, set(columns))
        return [_finding(chosen, scored, matter, rows, columns.get(chosen.what))]


def _chosen(matter: list[tuple[Candidate, Probe]], columns: set[str]) -> tuple[Candidate, Probe]:
    worst = max(matter, key=lambda pair: pair[1].drop)
    most = worst[1]
    as_good = [
        (candidate, scored)
        for candidate, scored in matter
        if candidate.what in columns and scored.drop >= most.low and most.drop <= scored.high
    ]
    return max(as_good, key=lambda pair: pair[1].drop, default=worst)


def _largest(rows: pl.DataFrame, groups: np.ndarray) -> list[list[int]]:
    """Lines of the first training rows of the groups that have most of them."""
    told = rows.select("line", "part", group=pl.Series(groups)).sort("group", "line")
    told = told.filter(pl.col("part") == "train")
    several = (
        told.group_by("group", maintain_order=True)
        .agg("line")
        .sort(pl.col("line").list.len(), descending=True, maintain_order=True)
    )
    lines: list[list[int]] = several["line"].head(SHOWN).list.head(NAMED).to_list()
    return lines


def _can_be_held_out(candidate: Candidate, labels: np.ndarray) -> bool:
    """Whether most rows have a label that occurs in at least five groups."""
    pairs = np.unique(np.stack([labels, candidate.groups]), axis=1)
    spread = np.bincount(pairs[0])
    return bool((spread[labels] >= 5).mean() >= 0.8)


def _finding(
    candidate: Candidate,
    scored: Probe,
    matter: list[tuple[Candidate, Probe]],
    rows: pl.DataFrame,
    column: str | None,
) -> Finding:
    groups = int(candidate.groups.max()) + 1
    largest = _largest(rows, candidate.groups)
    such = ", ".join(str(line) for line in largest[0]) if largest else "none of train"
    return Finding(
        code="hidden_groups",
        severity="warn",
        title=(
            f"Rows seem to come in {groups:,} groups, by {candidate.what}: a nearest-neighbour "
            f"probe scores {scored.at_random:.3f} with rows divided at random and "
            f"{scored.grouped:.3f} with groups kept whole, {scored.drop:.3f} "
            f"[{scored.low:.3f}, {scored.high:.3f}] less; one of them has the training lines {such}"
        ),
        advice=(
            "If a group comes from one source (a customer, a document, a template), set "
            f"`data.group` to {column!r}; else the score is partly memory."
            if column
            else "If these rows come from one source (a customer, a document, a template), give "
            "the file a column that says which and name it as `data.group`; else the score is "
            "partly memory."
        ),
        requirement="R21",
        count=groups,
        numbers={
            "groups": groups,
            "rows": len(rows),
            "largest": largest,
            "by": candidate.what,
            **asdict(scored),
            "also": {other.what: asdict(one) for other, one in matter if other is not candidate},
        },
    )
