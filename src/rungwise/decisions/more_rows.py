"""How many new rows settle what a project has left open: a number that a person can collect."""

from __future__ import annotations

import math
from collections.abc import Callable

from rungwise.data.part_shares import SMALL_FILE, USUAL
from rungwise.evaluation.proportions import is_wilson, rows_of_share
from rungwise.evaluation.standing import reaches
from rungwise.records import Measurement, SplitRecord
from rungwise.task import Task

FEW, FACTOR = 1_000, 4
"""A person can collect so many rows, or so many times those that are there."""
LEAST = 100
"""Fewer new rows change no model that anybody could tell."""
MOST = 10_000_000
CANNOT = "This cannot be settled"
"""How the sentence begins where more rows are no way on."""
LARGEST = 0.5
"""Share of the new rows that a new test part takes at most."""


def more_rows(
    task: Task, split: SplitRecord, goal: Measurement, best: float | None, *, greater: bool
) -> str:
    """How many rows to collect, or that files of this size do not settle it.

    They settle it when the whole interval meets the target. It shrinks with the square root of the
    measured rows, or as Wilson's does. A value that meets the target is taken to stay; one below it
    needs a better model, whose errors are taken to fall with the square root of all rows, as they
    do where nothing else is known (see `rungwise.evaluation.fold_interval`).

    Args:
        task: Its target, and whether the test part is a file of the user's own.
        split: The rows that are there.
        goal: What was measured, on the test part or before it.
        best: The best value of the metric; "" is returned if it has none and the value is below.
        greater: Whether a larger value is better.
    """
    total, target = sum(split.rows.values()), task.task.target
    near = goal.low if greater else goal.high
    met = reaches(goal.value, target, greater)
    if near is None or (best is None and not met):
        return ""
    low, high = goal.low, goal.high
    share = (
        low is not None
        and high is not None
        and is_wilson(goal.value, low, high, goal.rows, goal.level)
    )

    def settle(new: int) -> bool:
        falls = 1.0 if met else math.sqrt(total / (total + new))
        value = goal.value if met or best is None else best - (best - goal.value) * falls
        measured = _measured(task, split, goal, new)
        if not reaches(value, target, greater):
            return False
        if share:
            needed = rows_of_share(value, target, goal.level)
            return needed is not None and needed <= measured
        half = abs(goal.value - near) * math.sqrt(falls * goal.rows / measured)
        return abs(value - target) >= half

    needed = _fewest(settle)
    if needed is None or needed > max(FEW, FACTOR * total):
        size = "" if needed is None else f": it would take about {_rounded(needed):,} new ones"
        return f"{CANNOT} with files of this size, {total:,} rows{size}."
    if goal.on == "test" and not task.data.test:  # a new test part is no smaller than the old
        least = max(split.rows["test"], task.policy.go_rows / _share_measured(split, goal))
        needed = max(needed, math.ceil(least / LARGEST))
    stays = "the value to stay" if met else "errors to fall with the square root of the rows"
    return f"About {_rounded(needed):,} new rows would settle it, were {stays}."


def rows_for_a_go(task: Task, split: SplitRecord, goal: Measurement) -> str:
    """How many new rows give a test part that a go decision can accept (`policy.go_rows`)."""
    needed = _fewest(lambda new: _measured(task, split, goal, new) >= task.policy.go_rows)
    if needed is None:
        return ""
    return f"About {_rounded(needed):,} would give a test part that a go decision can accept."


def no_result_confirms(task: Task, split: SplitRecord) -> str:
    """That the test part has too few rows to confirm the target at all, and what follows.

    Returns "" if enough right answers would, or if that was not foretold of this target.
    """
    told = split.numbers.get("outlook", {})
    if told.get("target") != task.task.target or told.get("least") is None:
        return ""
    if told.get("right") is not None:
        return ""
    rows, least, of = told["base"], told["least"], told["of"]
    why = f"Not even {rows:,} right answers of {rows:,} {of} confirm it: that takes {least:,}"
    if rows >= task.policy.go_rows:
        return f"{why}, so a person will be asked for a go decision."
    unless = "" if task.data.test else " Join rows first: `rungwise add FILE`."
    return f"{why}, and a go decision {task.policy.go_rows:,}, so the release will be held.{unless}"


def _measured(task: Task, split: SplitRecord, goal: Measurement, new: int) -> float:
    """Rows of the next measurement of the same kind."""
    total = sum(split.rows.values())
    if goal.on != "test":
        return goal.rows * (total + new) / total
    share = split.numbers.get("shares", {}).get("test", USUAL)
    least = task.policy.go_rows if total + new >= SMALL_FILE else 0
    tested = new if task.data.test else min(LARGEST * new, max(share * (total + new), least))
    return _share_measured(split, goal) * tested


def _share_measured(split: SplitRecord, goal: Measurement) -> float:
    """Share of the test rows that the metric counts: of one class, for a recall."""
    return goal.rows / split.rows["test"]


def _fewest(settle: Callable[[int], bool]) -> int | None:
    """The fewest new rows from `LEAST` on that settle it; None if not even `MOST` do."""
    low, high = LEAST - 1, LEAST
    while not settle(high):
        if high > MOST:
            return None
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if settle(middle) else (middle, high)
    return high


def _rounded(rows: int) -> int:
    """Up to two digits, and to tens: what is known of it is no finer."""
    step = max(10, int(10 ** (len(str(rows)) - 2)))
    return step * math.ceil(rows / step)
