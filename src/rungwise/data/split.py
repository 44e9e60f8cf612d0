"""Three parts (R9, R10, C4): train, validation, test. No copy and no group straddles them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise import rules
from rungwise.data import folds, quarantine
from rungwise.data.copies import clusters
from rungwise.data.division import divide
from rungwise.data.near.depth import depth_of
from rungwise.data.near.kept import Kept, kept_together
from rungwise.data.part_shares import SMALL_FILE, USUAL, Shares, part_shares
from rungwise.data.read import Reading
from rungwise.data.soundness import check_remaining
from rungwise.data.time_division import divide_by_time
from rungwise.errors import DataError
from rungwise.percent import percent
from rungwise.plugins import kind_of, modality_of
from rungwise.progress import Progress, Silent
from rungwise.protocols import Near
from rungwise.task import Task

COPY_OF = "copy of {} row"
FAR = 0.03
"""From so far on, the share of a part is told as it came out, beside what was asked."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows of each part, and those set aside.

    Attributes:
        train, validation, test: Columns of `rungwise.table.COLUMNS`, in file order.
        quarantine: Columns of `rungwise.data.quarantine.SCHEMA`.
        folds: Columns of `rungwise.data.folds.SCHEMA`; None where rungs are measured on
            validation alone.
        given: Parts that the user supplied as files of their own.
        assumptions: Every inferred default, in words; those of the reading first.
        numbers: How the split was made.
    """

    train: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame
    quarantine: pl.DataFrame
    given: frozenset[str]
    assumptions: tuple[str, ...]
    numbers: Mapping[str, Any]
    folds: pl.DataFrame | None = None


def split(
    reading: Reading, task: Task, progress: Progress | None = None, near: Near | None = None
) -> Parts:
    """Divide the rows; the user's own validation and test files stay whole.

    Copies of a test row outside the test part, and copies of a validation row in train, are
    set aside: the row that is measured on stays (R21). The rest is divided by label, whole
    clusters of copies, near copies and groups at a time, as `policy` says; the result depends on
    the rows and the seed, not on the order of the rows. `near` finds near copies.

    Raises:
        DataError: Too few rows that are independent of each other to fill every part, or
            nothing to learn from once copies are set aside.
    """
    frames = dict(reading.frames)
    given = frozenset(frames) - {"source"}
    aside = [reading.quarantine]
    for measured, thinned in (("test", "validation"), ("test", "source"), ("validation", "source")):
        if measured in frames and thinned in frames:
            frames[thinned], copies = _without_copies(
                frames[thinned], frames[measured], measured, task
            )
            aside.append(copies)
    source = frames.pop("source")
    chosen = part_shares(task, len(source), given)
    numbers: dict[str, Any] = {}
    if given:
        check_remaining(source, given, task)
    said = [*reading.assumptions]
    folded: pl.DataFrame | None = None
    if len(chosen.parts) == 1:
        frames["train"] = source
    else:
        kept = _kept(source, frames, task, progress or Silent(), near)
        cluster = numbered_clusters(source, kept.pairs, task)
        chosen = part_shares(task, len(source), given, int(np.bincount(cluster).max()))
        divided, made = _divided(source, cluster, chosen.parts, task, pl.concat(aside))
        frames |= divided
        numbers |= made | kept.numbers
        said.append(_looked(kept, task))
        if task.data.by_time:
            said.append(_told_of_times(numbers | {"shares": chosen.parts}, task))
        folded = folds.of_parts(frames, chosen.parts, source, cluster, task)
        if folded is not None:
            said.append(folds.said(folded, len(frames["validation"]), task))
    said.append(_proportions(chosen, frames, given, task, folded=folded is not None))
    said += _without_group(frames, task)
    lost = unlearnable(frames) if kind_of(task).labels else {}
    late = dict.fromkeys(chosen.parts, ", whose rows are older") if task.data.by_time else {}
    said += [
        f"label {label!r} never occurs in train{late.get(part, '')}: no model can learn its "
        f"{count} rows of {part}"
        for part, labels in lost.items()
        for label, count in labels.items()
    ]
    numbers |= {
        "shares": dict(chosen.parts),
        "unlearnable": lost,
        "settings": settings(task),
        folds.BELOW: task.policy.cross_validate_below,
        rules.KEY: rules.NOW,
    }
    return Parts(
        frames["train"],
        frames["validation"],
        frames["test"],
        pl.concat(aside),
        given,
        tuple(said),
        numbers,
        folded,
    )


def settings(task: Task, by_rules: int = rules.NOW) -> dict[str, Any]:
    """The keys of the task that decide which row goes where, as JSON types.

    By the first rules a share that is not set is the usual one, whatever the number of rows.
    """
    policy = task.policy
    unset = USUAL if by_rules < 2 else None
    shares = {"validation_share": policy.validation_share, "test_share": policy.test_share}
    kind = task.task.model_dump(include={"kind"}, exclude_defaults=True)
    # Splits that earlier versions recorded know none of these, so they count if they are set.
    written = {
        key
        for key in ("encoding", "delimiter", "quote", "sheet")
        if getattr(task.data, key) is None
    }
    if task.data.split != "time":  # at random, as it was before one could choose
        written.add("split")
    if task.data.time_format is None:
        written.add("time_format")
    apart = {"added", "licence", "origin", "probe", "production", *written}
    return task.data.model_dump(mode="json", exclude=apart) | {
        **kind,
        **{key: unset if share is None else share for key, share in shares.items()},
        "seed": policy.seed,
    }


def _proportions(
    shares: Shares,
    frames: Mapping[str, pl.DataFrame],
    given: frozenset[str],
    task: Task,
    *,
    folded: bool,
) -> str:
    parts = ", ".join(f"{part} {percent(share)}" for part, share in shares.parts.items())
    rows = {part: len(frames[part]) for part in shares.parts}
    total = sum(rows.values())
    apart = max(abs(rows[part] / total - share) for part, share in shares.parts.items())
    if apart > FAR:
        drawn = ", ".join(f"{part} {percent(count / total)}" for part, count in rows.items())
        whole = "rows of one time stay together" if task.data.by_time else "clusters stay whole"
        parts = f"{drawn}, where {parts} was asked, as {whole}"
    own = "".join(f"; {part} is {getattr(task.data, part)}" for part in sorted(given))
    by = "by label, " if kind_of(task).labels else ""
    drawn = f"{by}seed {task.policy.seed}"
    if task.data.by_time:
        drawn = f"by time (`{task.data.time}`)"
    few = kind_of(task).folds and "validation" in rows
    few = few and rows["validation"] < task.policy.cross_validate_below
    why = f": {shares.why}" if shares.why else ""
    if few and not folded:
        lacking = "times" if task.data.by_time else "independent rows"
        why = f": there are too few {lacking} for folds, so rungs are measured on validation alone"
    return f"{task.data.source} is divided into {parts}, {drawn}{own}{why}"


def _without_group(frames: Mapping[str, pl.DataFrame], task: Task) -> list[str]:
    if not task.data.group:
        return []
    rows = sum(len(part) for part in frames.values())
    missing = sum(part["group"].null_count() for part in frames.values())
    if not missing:
        return []
    return [f"{missing:,} of {rows:,} rows have no `{task.data.group}`: each is a group of its own"]


def _kept(
    source: pl.DataFrame,
    given: Mapping[str, pl.DataFrame],
    task: Task,
    progress: Progress,
    near: Near | None,
) -> Kept:
    texts = source["input"]
    test = given["test"]["input"] if "test" in given else None
    others = given["validation"]["input"] if "validation" in given else texts.clear()
    depth = depth_of(task, len(texts) + sum(len(rows) for rows in given.values()))
    return kept_together(texts, test, others, depth, progress, near or modality_of(task).near)


def _looked(kept: Kept, task: Task) -> str:
    why = "as data.depth says" if task.data.depth else "by the number of rows"
    depth = kept.numbers["depth"]
    return f"near copies are looked for {depth} ({why}; data.depth moves this): {kept.said}"


def _without_copies(
    rows: pl.DataFrame, measured: pl.DataFrame, part: str, task: Task
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` without copies of the `measured` ones, and those copies as a quarantine."""
    copy_keys = modality_of(task).copy_keys
    folded = measured.select(copy_keys(measured["input"]).alias("folded"), original="id")
    folded = folded.unique("folded", keep="first", maintain_order=True)
    matched = rows.with_columns(copy_keys(rows["input"]).alias("folded")).join(
        folded, on="folded", how="left", maintain_order="left"
    )
    is_copy = pl.col("original").is_not_null()
    reason = pl.format("{}: {}", pl.lit(COPY_OF.format(part)), "original").alias("reason")
    copies = matched.filter(is_copy).with_columns(reason)
    return matched.filter(~is_copy).select(rows.columns), quarantine.of(copies)


def numbered_clusters(rows: pl.DataFrame, near: NDArray[np.int64], task: Task) -> NDArray[np.int64]:
    """Cluster of each row (n), numbered by content and not by place."""
    together = clusters(modality_of(task).copy_keys(rows["input"]), rows["group"], near)
    # Rows of one text are one cluster, so their texts alone order the clusters.
    by_content = together.gather(rows["input"].arg_sort()).unique(maintain_order=True)
    rank = pl.int_range(len(by_content), dtype=pl.Int64, eager=True)
    return together.replace_strict(by_content, rank, return_dtype=pl.Int64).to_numpy()


def _divided(
    rows: pl.DataFrame,
    cluster: NDArray[np.int64],
    shares: Mapping[str, float],
    task: Task,
    aside: pl.DataFrame,
) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    made: dict[str, Any] = {}
    if task.data.by_time:
        part_of = parts_by_time(rows, cluster, shares, task)
        made = spans_of(rows, cluster, part_of, tuple(shares))
    else:
        part_of = divide(
            kind_of(task).strata(rows["expected"]),
            cluster,
            tuple(shares.values()),
            task.policy.seed,
        )
    chosen = pl.Series(part_of)
    parts = {name: rows.filter(chosen == place) for place, name in enumerate(shares)}
    sizes = np.bincount(cluster)
    if empty := [name for name, part in parts.items() if part.is_empty()]:
        raise DataError(
            f"{task.data.source} has {len(rows)} rows in {len(sizes)} independent clusters, "
            f"too few to fill {' and '.join(empty)}{quarantine.named(aside)}",
            "Give more rows" + (", or more groups." if task.data.group else "."),
        )
    if kind_of(task).labels and parts["train"]["expected"].n_unique() == 1:
        raise DataError(
            f"Train, the oldest rows, would have one class only: {parts['train']['expected'][0]!r}",
            "Divide at random (`data.split: random`), or give older rows of other classes.",
        )
    return parts, made | {
        "clusters": len(sizes),
        "rows_in_clusters": int(sizes[sizes > 1].sum()),
        "largest_cluster": int(sizes.max()),
        "groups": int(rows["group"].drop_nulls().n_unique()),
    }


def parts_by_time(
    rows: pl.DataFrame, cluster: NDArray[np.int64], shares: Mapping[str, float], task: Task
) -> NDArray[np.int64]:
    """Part of each row (n): the newest rows are the test, the newest before them validation."""
    times = rows["time"].str.to_datetime(time_unit="us").cast(pl.Int64).to_numpy()
    least = task.policy.go_rows if len(rows) >= SMALL_FILE and "test" in shares else 0
    try:
        return divide_by_time(times, cluster, tuple(shares.values()), least)
    except ValueError as error:
        raise DataError(
            f"The rows of {task.data.source} cannot be divided by time: {error}, "
            f"{', '.join(shares)}",
            "Name a column with finer times, or divide at random (`data.split: random`).",
        ) from error


def spans_of(
    rows: pl.DataFrame,
    cluster: NDArray[np.int64],
    part_of: NDArray[np.int64],
    names: tuple[str, ...],
) -> dict[str, Any]:
    """First and last time of each part, and how many rows are older than their part.

    A row counts where its cluster stands: at the time of its newest row.
    """
    placed = rows.select("time", stands=pl.col("time").max().over(pl.Series(cluster)))
    placed = placed.with_columns(part=pl.Series(part_of))
    ends = placed.group_by("part").agg(first=pl.col("stands").min(), last=pl.col("stands").max())
    spans = {names[part]: [first, last] for part, first, last in ends.iter_rows()}
    begins = placed.join(ends, on="part", how="left", maintain_order="left")["first"]
    older = int(((placed["part"] > 0) & (placed["time"] < begins)).sum())
    return {"by": "time", "spans": spans, "older_than_their_part": older}


def _told_of_times(numbers: Mapping[str, Any], task: Task) -> str:
    spans = {part: numbers["spans"][part] for part in numbers["shares"]}
    ends = [end[:10] for span in spans.values() for end in span]
    days = all(last != first for last, first in zip(ends[1:-1:2], ends[2::2], strict=True))
    told = "; ".join(
        f"{part}: {_when(first, days=days)} to {_when(last, days=days)}"
        for part, (first, last) in spans.items()
    )
    older = numbers["older_than_their_part"]
    follow = f". Rows that are older than their part: {older:,}; they follow the newest of their "
    follow += "group or copies" if task.data.group else "copies"
    return f"Parts by time (`{task.data.time}`): {told}{follow if older else ''}"


def _when(time: str, *, days: bool) -> str:
    """A time as people write it: its day alone where no two parts meet on one."""
    return time[:10] if days else time[:19].replace("T", " ")


def unlearnable(frames: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, int]]:
    """Part → label that train lacks → rows."""
    known = frames["train"]["expected"].unique().implode()
    found = {}
    for part in ("validation", "test"):
        strange = frames[part].filter(~pl.col("expected").is_in(known))["expected"]
        counts = strange.value_counts().sort("expected")
        if len(counts):
            found[part] = {str(label): int(count) for label, count in counts.iter_rows()}
    return found
