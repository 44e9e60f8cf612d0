"""Which share of the rows each part gets, and why (R9, C4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rungwise.plugins import kind_of
from rungwise.task import Task

USUAL = 0.15
"""The share of validation and of test, unless something asks for another."""
SMALL_FILE = 200
"""Rows from which on the test part has at least `policy.go_rows`."""
FOLDED = {"validation": 0.10, "test": 0.20}
"""Where rungs are measured by folds, validation needs no rows for power: the test gets them."""
MOST = 0.40
"""The largest share that the test part is given unasked."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How the rows of the source are divided.

    Attributes:
        parts: Part → share; "train" is the first, parts that the user gave are absent.
        why: Reasons for shares that are not the usual ones, as clauses; "" if there are none.
    """

    parts: Mapping[str, float]
    why: str


def part_shares(task: Task, rows: int, given: frozenset[str], largest: int = 1) -> Shares:
    """Share out the rows of the source.

    Shares that the task sets under `policy` are kept. Else validation and test get 15 percent
    each; a small file to classify, whose rungs are measured by folds, gives validation 10 and the
    test 20; and the test part of 200 rows or more has at least `policy.go_rows` rows.

    Args:
        task: Its policy may set shares.
        rows: Rows of the source, without copies of the user's own parts.
        given: Parts that the user supplied as files of their own.
        largest: Rows of the largest cluster that stays whole: validation is made small only if it
            could hold that.
    """
    wanted = {"validation": USUAL, "test": USUAL}
    why = []
    policy = task.policy
    folded = (
        kind_of(task).folds
        and "validation" not in given
        and rows >= SMALL_FILE
        and USUAL * rows < policy.cross_validate_below
        and largest <= FOLDED["validation"] * rows
    )
    if folded:
        wanted |= FOLDED
        why.append("validation takes few rows, as rungs are measured by folds of train with it")
    if rows >= SMALL_FILE and wanted["test"] * rows < policy.go_rows and "test" not in given:
        wanted["test"] = min(MOST, policy.go_rows / rows)
        why.append(f"the test takes {round(wanted['test'] * rows)} rows (policy.go_rows)")
    own = {
        part: share
        for part, share in (("validation", policy.validation_share), ("test", policy.test_share))
        if share is not None and part not in given
    }
    if own:
        wanted |= own
        why = ["as in " + " and ".join(f"policy.{part}_share" for part in own)]
    held = {part: share for part, share in wanted.items() if part not in given}
    return Shares({"train": 1 - sum(held.values()), **held}, "; ".join(why))
