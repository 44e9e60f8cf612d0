"""`split`: read, divide, seal (R9, R10, R21). Nothing else may run before it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

import polars as pl

from rungwise.data.addition import ADDED
from rungwise.data.curation.record import Curation
from rungwise.data.read import Reading, read
from rungwise.data.seal import seal
from rungwise.data.split import split as divide
from rungwise.evaluation.metrics import find
from rungwise.evaluation.wording import counted
from rungwise.ledger.read import entries
from rungwise.ledger.state import APART, SHARES
from rungwise.plugins import kind_of
from rungwise.records import Quarantined, SplitRecord, to_json
from rungwise.workflow.curate import REVIEWED
from rungwise.workflow.define import remember
from rungwise.workflow.earlier_rules import left
from rungwise.workflow.joined_rows import (
    as_divided,
    extended,
    known_files,
    looked_at_before,
    only_joined,
)
from rungwise.workflow.judge import judge, require
from rungwise.workflow.near import near_pairs
from rungwise.workflow.seen import seen_through
from rungwise.workflow.test_size import told_in_advance
from rungwise.workflow.typed_command import typed
from rungwise.workflow.workspace import Workspace

_CHANGED = "The data or its settings have changed since the last split: splitting anew"
SHOWN = 10
"""Lines of rows seen before that are named."""
OUTLOOK = "outlook"
"""Among a split's numbers: what its test part can confirm."""


def split(workspace: Workspace) -> SplitRecord:
    """Make the three parts and seal the test part, or find that they stand already.

    Raises:
        DataError: The data cannot be used.
        GateHolds: The goal is not measurable.
    """
    remember(workspace)
    found = workspace.state.split
    if found is not None and _unchanged(workspace, found):
        return found
    require(workspace, "split")
    joined = found is not None and only_joined(workspace, found)
    if found is not None:
        changed = "Rows joined the data" if joined else _CHANGED
        workspace.progress.say(
            f"{changed}. Attempts on the earlier split stay on record and no longer count."
        )
        if joined and (earlier := left(workspace)):
            workspace.progress.say(earlier)
    reading = read(workspace.task, workspace.folder, workspace.progress, workspace.cache / "read")
    _check_class(workspace, reading)
    if joined and found is not None:
        parts = extended(workspace, found, reading)
    else:
        near = functools.partial(near_pairs, workspace)
        parts = divide(reading, workspace.task, workspace.progress, near)
        files = list(workspace.task.data.added)
        parts = dataclasses.replace(parts, numbers={**parts.numbers, ADDED: files})
    record = seal(parts, reading, workspace.task, workspace.objects, workspace.sealed)
    told, outlook = told_in_advance(
        workspace.task, workspace.metric, reading, len(parts.test), parts.numbers["shares"]
    )
    record = dataclasses.replace(record, numbers={**record.numbers, OUTLOOK: outlook})
    if seen := seen_through(workspace, parts.test):
        record = dataclasses.replace(record, numbers={**record.numbers, SHARES: [*seen]})
        workspace.progress.say(_seen_before(workspace, parts.test, seen))
    if joined:
        apart = looked_at_before(workspace, [*seen])
        record = dataclasses.replace(record, numbers={**record.numbers, APART: apart})
    dropped = workspace.state.curation
    workspace.record("split", to_json(record))
    _tell(workspace, reading, record)
    for sentence in told:
        workspace.progress.say(sentence)
    if dropped is not None:
        workspace.progress.say(_uncurated(workspace, dropped))
    judge(workspace)
    return record


def _check_class(workspace: Workspace, reading: Reading) -> None:
    """Refuse a metric of a class that the data no longer has, with the nearest one named."""
    kind = kind_of(workspace.task)
    if kind.labels:
        labels = pl.concat([rows["expected"].unique() for rows in reading.frames.values()])
        find(workspace.task.task.metric, kind.classes(labels))


def _unchanged(workspace: Workspace, record: SplitRecord) -> bool:
    same_files = known_files(record) == workspace.task.data.added
    return same_files and as_divided(workspace, record)


def _tell(workspace: Workspace, reading: Reading, record: SplitRecord) -> None:
    for assumption in record.assumptions:
        workspace.progress.say(assumption)
    sizes = ", ".join(f"{count:,} {part}" for part, count in record.rows.items())
    workspace.progress.say(f"Split: {sizes} rows; the test part is sealed.")
    for reason, count in record.quarantined.items():
        workspace.progress.say(f"Set aside: {counted(count, 'row')} ({reason}).")


def _seen_before(workspace: Workspace, test: pl.DataFrame, seen: Mapping[str, pl.Series]) -> str:
    repeated = pl.DataFrame(list(seen.values())).max_horizontal()
    rows = test.filter(repeated)
    told = (
        f"{counted(len(rows), 'row')} of {len(test):,} of this test part were seen before: it "
        "counts as opened."
    )
    if own := workspace.task.data.test:
        lines = ", ".join(f"{line:,}" for line in rows["line"].head(SHOWN))
        more = ", …" if len(rows) > SHOWN else ""
        told += f" Without them (lines {lines}{more} of {own}) it is unseen."
    return told


def _uncurated(workspace: Workspace, curation: Curation) -> str:
    """Which decisions the new split is without, and the commands that apply them to it."""
    steps = ", ".join(f"{one.action} {one.count:,} ({one.origin})" for one in curation.chain)
    audits, reviews = entries(workspace.ledger, "audit"), entries(workspace.ledger, "review")
    codes = {found["code"] for entry in audits for found in entry.payload["findings"]}
    commands: list[tuple[str, ...]] = [("audit",)]
    for one in curation.chain:
        if one.origin == REVIEWED:
            files = dict.fromkeys(entry.payload["source"] for entry in reviews)
            commands += [("audit", "--review", file) for file in files]
            commands.append(("curate", "--reviewed"))
        elif one.origin in codes:
            commands.append(("curate", "--accept", f"{one.origin}={one.action}"))
        else:
            commands.append(("curate", "--decisions", one.origin))
    shown = ", ".join(f"`{typed(workspace.folder, *one)}`" for one in dict.fromkeys(commands))
    return (
        f"The curation of the earlier split is not part of this one: {steps}. Apply it again: "
        f"{shown}."
    )


def quarantined(workspace: Workspace) -> list[Quarantined]:
    """Rows that were set aside, with line and reason, in the order of their files."""
    columns = ("source", "line", "reason", "id")
    frame = workspace.part("quarantine").select(columns).sort("source", "line")
    return [Quarantined(*row) for row in frame.iter_rows()]
