"""Labelled rows that join a divided file later: old rows keep their part (R10, R21, R68).

Copies, near copies and groups stay together, so a new row follows the old rows that it belongs to.
The others are divided as the file was. Where the test part was opened already, they give a new
one: its rows are unseen, and the old ones are set aside.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise import rules
from rungwise.data import folds, quarantine
from rungwise.data.division import divide
from rungwise.data.near.depth import depth_of
from rungwise.data.near.kept import kept_together
from rungwise.data.part_shares import SMALL_FILE
from rungwise.data.read import Reading
from rungwise.data.split import (
    COPY_OF,
    Parts,
    numbered_clusters,
    parts_by_time,
    settings,
    spans_of,
    unlearnable,
)
from rungwise.errors import DataError
from rungwise.plugins import kind_of, modality_of
from rungwise.progress import Progress
from rungwise.protocols import Modality, Near
from rungwise.task import Task

PARTS: tuple[str, ...] = ("train", "validation", "test")
PLACE = ("source", "line")
"""What names a row: its file and the line there."""
ADDED = "added"
"""Among a split's numbers: the files that joined it, in their order."""
SEEN = "tested on before"
"""Why a row of an opened test part is set aside."""
BRIDGES = "near copy of rows in several parts"
NAMED = 5
"""Labels that are named."""
LARGEST = 0.5
"""Share of new rows that a new test part takes at most."""


@dataclass(frozen=True, slots=True)
class Before:
    """How the rows stood until now.

    Attributes:
        rows: `source`, `line` and `part` of every row that was divided.
        aside: The quarantine until now.
        shares: Part → share of the division; parts that the user gave are absent.
        opened: Whether the test part was looked at.
    """

    rows: pl.DataFrame
    aside: pl.DataFrame
    shares: Mapping[str, float]
    opened: bool


def extend(
    reading: Reading,
    before: Before,
    task: Task,
    progress: Progress,
    near: Near | None = None,
) -> Parts:
    """Give every new row a part, and leave every old one in its own.

    Args:
        reading: Of the source with all files that joined it, and of the parts that the user gave.
        before: How the rows of the earlier split stood.
        task: Its files, its seed, and how near copies are looked for.
        progress: Where to report.
        near: What finds near copies.

    Raises:
        DataError: No row is new, or too few are independent of the old ones to fill a new test
            part.
    """
    given = {part: reading.frames[part] for part in PARTS if part in reading.frames}
    rows, aside = _placed(reading, before, given, modality_of(task))
    new = rows["part"].is_null()
    if not new.any():
        raise DataError(
            f"No row of {' and '.join(task.data.added) or task.data.source} is new"
            f"{quarantine.named(aside)}",
            "Give rows that the task does not have yet.",
        )
    unknown = _unknown_labels(rows["expected"], new, task) if kind_of(task).labels else ""
    cluster = _clusters(rows, given, task, progress, near)
    followed, bridging = _following(rows["part"], cluster, opened=before.opened)
    rows = rows.with_columns(pl.coalesce("part", followed).alias("part"))
    aside = pl.concat([aside, _set_aside(rows.filter(bridging), BRIDGES)])
    rows, cluster = rows.filter(~bridging), cluster[(~bridging).to_numpy()]
    free = rows["part"].is_null()
    shares = _shares(before, given, task, free=int(free.sum()), total=len(rows))
    part = _divided(rows.filter(free), cluster[free.to_numpy()], shares, task, progress)
    rows = rows.with_columns(part=_filled(rows["part"], free, part))
    new = new.filter(~bridging)
    joined = {name: int((rows["part"].filter(new) == name).sum()) for name in PARTS}
    few: list[str] = []
    if before.opened and "test" not in given:
        seen = ~new & (rows["part"] == "test")
        aside = pl.concat([aside, _set_aside(rows.filter(seen), SEEN)])
        rows, cluster = rows.filter(~seen), cluster[(~seen).to_numpy()]
        _check_fresh(rows, task, aside)
        few = _few(rows, task)
    frames = {name: _of(rows, name) for name in PARTS if name not in given} | given
    lost = unlearnable(frames) if kind_of(task).labels else {}
    times = _times(rows, cluster, tuple(before.shares)) if task.data.by_time else {}
    return Parts(
        frames["train"],
        frames["validation"],
        frames["test"],
        aside,
        frozenset(given),
        (*reading.assumptions, _told(joined, before, given, task), *filter(None, [unknown]), *few),
        {
            "shares": dict(before.shares),
            "unlearnable": lost,
            "settings": settings(task),
            folds.BELOW: task.policy.cross_validate_below,
            rules.KEY: rules.NOW,
            ADDED: list(task.data.added),
            "joined": joined,
            **times,
        },
        folds.of_parts(frames, before.shares, rows.drop("part"), cluster, task),
    )


def _placed(
    reading: Reading, before: Before, given: Mapping[str, pl.DataFrame], modality: Modality
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of the source with the `part` they had, null for new ones; and what is set aside."""
    rows = reading.frames["source"].join(before.rows, on=PLACE, how="left", maintain_order="left")
    kept_out = before.aside.join(reading.frames["source"].select(PLACE), on=PLACE, how="semi")
    rows = rows.join(kept_out.select(PLACE), on=PLACE, how="anti", maintain_order="left")
    aside = [reading.quarantine, kept_out]
    for name, part in given.items():
        known = modality.copy_keys(part["input"]).unique()
        copied = modality.copy_keys(rows["input"]).is_in(known.implode())
        copied &= rows["part"].is_null()
        aside.append(_set_aside(rows.filter(copied), COPY_OF.format(name)))
        rows = rows.filter(~copied)
    return rows, pl.concat(aside)


def _clusters(
    rows: pl.DataFrame,
    given: Mapping[str, pl.DataFrame],
    task: Task,
    progress: Progress,
    near: Near | None,
) -> NDArray[np.int64]:
    """Cluster of each row (n), numbered by content and not by place."""
    texts = rows["input"]
    test = given["test"]["input"] if "test" in given else None
    others = given["validation"]["input"] if "validation" in given else texts.clear()
    depth = depth_of(task, len(texts) + sum(len(part) for part in given.values()))
    kept = kept_together(texts, test, others, depth, progress, near or modality_of(task).near)
    return numbered_clusters(rows, kept.pairs, task)


def _following(
    part: pl.Series, cluster: NDArray[np.int64], *, opened: bool
) -> tuple[pl.Series, pl.Series]:
    """The part that each row's cluster has, null where it has none; and the new rows (n) whose
    cluster is in several.

    What belongs to rows of an opened test part is learnt from: it is not unseen.
    """
    table = pl.DataFrame({"part": part, "cluster": cluster})
    lived = table.drop_nulls().unique()
    if opened:
        lived = lived.with_columns(pl.col("part").replace("test", "train")).unique()
    several = lived.filter(pl.col("cluster").is_duplicated())["cluster"]
    bridging = table["part"].is_null() & table["cluster"].is_in(several.unique().implode())
    alone = lived.filter(~pl.col("cluster").is_in(several.unique().implode()))
    found = table.select("cluster").join(alone, on="cluster", how="left", maintain_order="left")
    return found["part"], bridging


def _shares(
    before: Before, given: Mapping[str, pl.DataFrame], task: Task, *, free: int, total: int
) -> dict[str, float]:
    """Shares of the new rows that belong to no old one.

    A new test part is as large as the division asks of all rows, has at least `policy.go_rows`
    rows, and takes at most half.
    """
    held = {part: before.shares.get(part, 0.0) for part in ("validation", "test")}
    held = {part: share for part, share in held.items() if part not in given}
    if before.opened and "test" in held and free:
        least = task.policy.go_rows if total >= SMALL_FILE else 0
        held["test"] = min(LARGEST, max(held["test"] * total, least) / free)
    return {"train": 1 - sum(held.values()), **held}


def _divided(
    rows: pl.DataFrame,
    cluster: NDArray[np.int64],
    shares: Mapping[str, float],
    task: Task,
    progress: Progress,
) -> pl.Series:
    """The part of each row (n) that belongs to no old one."""
    if rows.is_empty():
        return pl.Series([], dtype=pl.String)
    names = list(shares)
    if task.data.by_time:
        try:
            part = parts_by_time(rows, cluster, shares, task)
        except DataError as few:
            progress.say(f"{few.fact}: the new rows are divided by label instead.")
        else:
            return pl.Series([names[place] for place in part.tolist()])
    _, dense = np.unique(cluster, return_inverse=True)
    part = divide(
        kind_of(task).strata(rows["expected"]),
        dense.astype(np.int64),
        tuple(shares.values()),
        task.policy.seed,
    )
    return pl.Series([names[place] for place in part.tolist()])


def _filled(part: pl.Series, free: pl.Series, given: pl.Series) -> pl.Series:
    places = pl.Series(np.flatnonzero(free.to_numpy()))
    return part.scatter(places, given) if len(places) else part


def _of(rows: pl.DataFrame, part: str) -> pl.DataFrame:
    return rows.filter(pl.col("part") == part).drop("part")


def _times(
    rows: pl.DataFrame, cluster: NDArray[np.int64], names: tuple[str, ...]
) -> dict[str, Any]:
    """The span of each part that the task divides; new rows may be older than old ones."""
    place = {name: at for at, name in enumerate(names)}
    part = rows["part"].replace_strict(place, return_dtype=pl.Int64)
    return spans_of(rows, cluster, part.to_numpy(), names)


def _set_aside(rows: pl.DataFrame, reason: str) -> pl.DataFrame:
    return quarantine.of(rows.with_columns(pl.lit(reason).alias("reason")))


def _check_fresh(rows: pl.DataFrame, task: Task, aside: pl.DataFrame) -> None:
    if not (rows["part"] == "test").any():
        raise DataError(
            f"The test part was opened, and the new rows of {' and '.join(task.data.added)} are "
            f"too few to give another one{quarantine.named(aside)}",
            "Give more rows that are no copies of those the task has"
            + (", of other groups." if task.data.group else "."),
        )


def _unknown_labels(labels: pl.Series, new: pl.Series, task: Task) -> str:
    """Which labels of the new rows no old row has, in words; "" if there are none.

    Raises:
        DataError: No label of the new rows is known: another column, or another way to write them.
    """
    known = set(labels.filter(~new))
    counts = Counter(labels.filter(new))
    names = " and ".join(task.data.added)
    unknown = [(label, count) for label, count in counts.most_common() if label not in known]
    if len(unknown) == len(counts):
        raise DataError(
            f"No label of the new rows of {names} is known: {_few_of([one for one, _ in unknown])}",
            f"The task has {_few_of(sorted(known))}. Name the labels alike, or give rows of known "
            "classes with those of new ones.",
        )
    told = []
    for label, count in unknown[:NAMED]:
        near = difflib.get_close_matches(label, sorted(known), n=1)
        told.append(f"{label!r} ({_rows(count)}{f', near {near[0]!r}' if near else ''})")
    more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
    classes = "are new classes" if len(unknown) > 1 else "is a new class"
    return f"{', '.join(told)}{more} {classes}: no earlier row has it" if told else ""


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _few_of(labels: Sequence[str]) -> str:
    """The first labels, quoted."""
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return ", ".join(repr(label) for label in labels[:NAMED]) + more


def _few(rows: pl.DataFrame, task: Task) -> list[str]:
    """What a new test part lacks, in words: rows for a go decision, or rows of a class."""
    test, others = rows.filter(pl.col("part") == "test"), rows.filter(pl.col("part") != "test")
    told = []
    if len(test) < task.policy.go_rows:
        told.append(
            f"the new test part has {_rows(len(test))}, and a go decision takes "
            f"{task.policy.go_rows:,} (policy.go_rows): join more rows before it is opened"
        )
    absent = sorted(set(others["expected"]) - set(test["expected"]))
    if kind_of(task).labels and absent:
        told.append(f"the new test part has no row of {_few_of(absent)}")
    return told


def _told(
    joined: Mapping[str, int], before: Before, given: Mapping[str, pl.DataFrame], task: Task
) -> str:
    names = " and ".join(task.data.added)
    parts = ", ".join(f"{count:,} to {part}" for part, count in joined.items())
    told = f"Rows of {names} join, and every old row keeps its part: {parts}"
    if "test" in given:
        return f"{told}; the test part stays your file {task.data.test}"
    if before.opened:
        return f"{told}; they are a new test part, as the old one was opened: it is set aside"
    return told
