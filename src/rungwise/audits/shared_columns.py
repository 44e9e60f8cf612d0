"""Values of a column that nobody named, in your own test file and in train alike (R21)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from rungwise.data.together import references, together
from rungwise.percent import percent
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding

FEWEST = 10
"""Values; fewer are a property of the rows (a channel, a country), not who they come from."""
WHO = (
    r"(?i)(?:^|[^a-z])(?:customer|client|user|account|member|patient|person|speaker|author|writer|"
    r"session|conversation|dialog(?:ue)?|thread|ticket|document|doc|article|case|group)"
    r"(?:[^a-z]*(?:id|no|nr|number|name|key|code))?$"
)
"""A column that says by its name who or what a row comes from; R21 names four of them."""
BESIDE = ("id", "part", "line")


class SharedColumns:
    """Looks for customers, documents and the like that a given part shares with train.

    Whether such rows help a score is the question of `hidden_groups`. Here it is only asked
    whether the user's own part was drawn apart by a column that may say where rows come from.
    Rungwise cannot know what a column means, so this never blocks; named as `data.group`, it is
    held by `overlap`.
    """

    requirement: ClassVar[str] = "R21"
    title: ClassVar[str] = "Columns whose values a given part shares with train"
    stage: ClassVar[Stage] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One finding on every part that the user gave and that shares such values."""
        given = [part for part in ("test", "validation") if part in context.given]
        if context.task.data.group or context.unnamed is None or not given:
            return []
        rows = together({part: getattr(context, part) for part in ("train", *given)})
        cells = context.unnamed(rows)
        train = rows["part"] == "train"
        labels = rows["expected"].filter(train)
        sources = {
            name: values
            for name, values in cells.items()
            if _may_be_a_source(values.filter(train), labels)
        }
        found = [_finding(rows, sources, part) for part in given]
        return [finding for finding in found if finding]


def _may_be_a_source(values: pl.Series, labels: pl.Series) -> bool:
    """Whether train has enough values, most of them several times, and not each with its label."""
    known = pl.DataFrame({"value": values, "label": labels}).drop_nulls("value")
    counted = known.group_by("value").agg(rows=pl.len(), labels=pl.col("label").n_unique())
    if len(counted) < FEWEST or (counted["labels"].max() == 1 and _as_many(counted, labels)):
        return False
    several = counted.filter(pl.col("rows") > 1)["rows"].sum()
    return bool(several >= len(known) / 2 and counted["rows"].max() <= len(known) / 2)  # type: ignore[operator]


def _as_many(counted: pl.DataFrame, labels: pl.Series) -> bool:
    """Whether the values are the labels in other words."""
    return len(counted) <= labels.n_unique()


def _finding(rows: pl.DataFrame, sources: Mapping[str, pl.Series], part: str) -> Finding | None:
    """What a part shares with train, column by column; the rows are those of the fullest one."""
    shares: dict[str, float] = {}
    shown: dict[str, pl.DataFrame] = {}
    measured = int((rows["part"] == part).sum())
    for name, values in sources.items():
        valued = rows.with_columns(value=values).filter(pl.col("value").is_not_null())
        own = valued.filter(pl.col("part") == part)
        trained = valued.filter(pl.col("part") == "train")
        shared = own.filter(pl.col("value").is_in(trained["value"].implode()))
        if len(shared):
            first = shared.unique("value", keep="first", maintain_order=True)
            beside = first.select("value", *(pl.col(one).alias(f"other_{one}") for one in BESIDE))
            shares[name] = len(shared) / measured
            shown[name] = trained.join(beside, on="value", maintain_order="left")
    if not shares:
        return None
    who = [name for name in shares if re.search(WHO, name)]
    name = max(who or shares, key=shares.__getitem__)
    others = f", and {len(shares) - 1} further columns are shared" if len(shares) > 1 else ""
    return Finding(
        code=f"shared_columns.{part}",
        severity="warn" if who else "info",
        title=(
            f"{percent(shares[name], 1)} of the {measured:,} {part} rows have a value of the "
            f"column "
            f"{name!r} that train has too, in {len(shown[name]):,} rows{others}"
        ),
        advice=(
            f"If {name!r} says who or what a row comes from, the part tests on customers "
            "(documents, speakers) that were learnt: name it as `data.group` and divide again, so "
            "that such rows are held and can be dropped. If it does not, nothing needs to be done."
        ),
        requirement="R21",
        count=len(shown[name]),
        rows=references(shown[name]),
        numbers={"column": name, "shares": shares},
    )
