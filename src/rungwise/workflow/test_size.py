"""What the size of the test part lets the test show, and the share that would show more (R9)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from rungwise.data.part_shares import MOST, part_shares
from rungwise.data.read import Reading
from rungwise.evaluation import figures
from rungwise.evaluation.confirmation import chance_to_confirm, rows_to_confirm
from rungwise.evaluation.metrics import Metric
from rungwise.evaluation.test_outlook import CLEAR, LIKELY, Base, base_of, outlook, supposed
from rungwise.percent import percent
from rungwise.plugins import kind_of
from rungwise.task import Task

TRIED = (0.15, 0.20, 0.25, 0.30, 0.35, MOST)
"""Shares of the test part that are looked at."""
WELL = 0.30
"""The largest of them that is proposed though it makes the target not likely to be settled."""
GAIN = 0.10
"""A share is proposed if the chance rises by so much."""


def told_in_advance(
    task: Task,
    metric: Metric,
    reading: Reading,
    rows: int | None = None,
    shares: Mapping[str, float] | None = None,
) -> tuple[Sequence[str], Mapping[str, Any]]:
    """Sentences on what the test part can confirm, and the numbers behind them as JSON types.

    Args:
        task: The goal and the policy.
        metric: The goal's.
        reading: The user's files.
        rows: Rows of the test part; None before the split, when they are foretold.
        shares: Of the parts that were drawn; None before the split.
    """
    source, own = reading.frames["source"], reading.frames.get("test")
    given = frozenset(reading.frames) - {"source"}
    shares = shares or part_shares(task, len(source), given).parts
    if rows is None:
        rows = len(own) if own is not None else round(shares["test"] * len(source))
    labels = _counts(source if own is None else own) if kind_of(task).labels else {}
    target, level = task.task.target, task.policy.confidence
    found = outlook(metric, target, rows, labels, level)
    said, numbers = list(found.sentences), dict(found.numbers)
    base = base_of(metric, target, rows, labels)
    if few := _too_few_to_accept(task, rows, base):
        said.append(few)
    if own is None and rows and base is not None and 0 < target < 1:
        sentence, proposed = _proposal(task, metric, base, len(source), shares)
        said += [sentence] if sentence else []
        numbers["proposed"] = proposed
    return said, numbers


def _too_few_to_accept(task: Task, rows: int, base: Base | None) -> str:
    """That a go decision cannot accept what so few rows leave open (C9); "" if it can."""
    counted, of = (rows, "test rows") if base is None else (base.rows, base.of)
    least = task.policy.go_rows
    if counted >= least:
        return ""
    return (
        f"A go decision takes {least:,} rows (`policy.go_rows`): what {counted:,} {of} leave open "
        "is shipped by a named override alone."
    )


def _counts(rows: pl.DataFrame) -> dict[str, int]:
    return {str(label): int(count) for label, count in rows["expected"].value_counts().iter_rows()}


def _proposal(
    task: Task, metric: Metric, base: Base, rows: int, shares: Mapping[str, float]
) -> tuple[str, Mapping[str, Any] | None]:
    """The share that settles the target better than the one in force, in words; "" if none does.

    How well a share settles the target is the chance to confirm it of a model that is clearly
    above it.
    """
    target, level = task.task.target, task.policy.confidence
    true = supposed(target, CLEAR)
    worth = base.rows * base.weight / (rows * shares["test"])  # of a test row

    def chance(share: float) -> float:
        likely_rows = round(rows * share * worth)
        return chance_to_confirm(likely_rows, base.share(target), base.share(true), level)

    now = chance(shares["test"])
    if now >= LIKELY or not worth:
        return "", None
    spoken = figures.goal(round(true, 4), metric.name)
    chances = {share: chance(share) for share in TRIED if share > shares["test"] + 0.01}
    share = _best(now, chances)
    if share is None:
        needed = rows_to_confirm(base.share(target), base.share(true), LIKELY, level) / worth
        return (
            f"No division of these {rows:,} rows makes it likely that a true {spoken} is "
            f"confirmed; a file of about {_rows_of_file(task, needed, shares):,} rows would."
        ), None
    left = 1 - share - shares.get("validation", 0.0)
    proposed = {"test_share": share, "rows": round(rows * share), "chance": chances[share]}
    return (
        f"A true {spoken} would be confirmed with a chance of {percent(now)}. With "
        f"`policy.test_share: "
        f"{share:g}`, about {proposed['rows']:,} test rows, it is {percent(chances[share])}, and "
        f"{percent(left)} of the rows are left to train. Shares can be moved in rungwise.yaml "
        f"until "
        "the test is opened."
    ), proposed


def _best(now: float, chances: Mapping[float, float]) -> float | None:
    """The smallest share that makes it likely, else one that helps well, else at all."""
    if likely := [share for share, chance in chances.items() if chance >= LIKELY]:
        return min(likely)
    well = {s: chance for s, chance in chances.items() if s <= WELL and chance >= now + GAIN}
    if well:
        return max(well, key=lambda share: well[share])
    possible = [share for share, chance in chances.items() if chance > 0]
    return min(possible) if possible and now == 0 else None


def _rows_of_file(task: Task, test_rows: float, shares: Mapping[str, float]) -> int:
    """About how many rows a file needs to have so many test rows, to two digits."""
    given = frozenset({"validation", "test"}) - frozenset(shares)
    rows = test_rows / shares["test"]
    for _ in range(4):  # larger files have other shares
        rows = test_rows / part_shares(task, math.ceil(rows), given).parts["test"]
    return int(round(rows, 1 - math.floor(math.log10(rows))))
