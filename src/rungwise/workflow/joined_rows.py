"""Files that joined the source since the last split: its rows keep their parts (R68)."""

from __future__ import annotations

import functools

import polars as pl

from rungwise.data.addition import ADDED, PLACE, Before, extend
from rungwise.data.read import Reading
from rungwise.data.seal import Stored, load_part
from rungwise.data.split import Parts, settings
from rungwise.data.text_folder import digest_source
from rungwise.errors import DataError
from rungwise.ledger.kinds import record_of
from rungwise.ledger.read import entries
from rungwise.records import SplitRecord
from rungwise.rules import rules_of
from rungwise.workflow.near import near_pairs
from rungwise.workflow.workspace import Workspace


def known_files(record: SplitRecord) -> tuple[str, ...]:
    """The files that had joined when a split was made."""
    return tuple(record.numbers.get(ADDED, ()))


def as_divided(workspace: Workspace, record: SplitRecord) -> bool:
    """Whether the settings and the files of a split are what they were; more may have joined."""
    if record.numbers.get("settings") != settings(workspace.task, rules_of(record)):
        return False
    try:
        return all(
            digest_source(workspace.folder / name, name) == digest
            for name, digest in record.sources.items()
        )
    except DataError:
        return False  # reading says what is wrong


def only_joined(workspace: Workspace, record: SplitRecord) -> bool:
    """Whether all that has changed since a split is that further files joined."""
    known, now = known_files(record), workspace.task.data.added
    return len(now) > len(known) and now[: len(known)] == known and as_divided(workspace, record)


def extended(workspace: Workspace, record: SplitRecord, reading: Reading) -> Parts:
    """The parts of a split with the rows that joined since.

    Raises:
        DataError: No row is new, or too few for a new test part.
    """
    divided = _divided(workspace, record)
    parts: tuple[Stored, ...] = ("train", "validation", "test")
    stored = {name: load_part(divided, workspace.objects, name) for name in parts}
    rows = [part.select(*PLACE, pl.lit(name).alias("part")) for name, part in stored.items()]
    before = Before(
        rows=pl.concat(rows),
        aside=load_part(divided, workspace.objects, "quarantine"),
        shares=divided.numbers.get("shares", {}),
        opened=bool(workspace.state.looks),
    )
    near = functools.partial(near_pairs, workspace)
    return extend(reading, before, workspace.task, workspace.progress, near)


def looked_at_before(workspace: Workspace, seen: list[str]) -> list[str]:
    """Ids of the splits whose opened test parts hold no row of the new one.

    Args:
        workspace: The task folder.
        seen: Ids of those that do.
    """
    return sorted({look.data for look in workspace.state.looks} - set(seen))


def _divided(workspace: Workspace, record: SplitRecord) -> SplitRecord:
    """The split as its rows were divided, before any curation."""
    for entry in reversed(entries(workspace.ledger, "split")):
        found = record_of("split", entry.payload)
        if isinstance(found, SplitRecord) and found.id == record.division:
            return found
    raise AssertionError("a curated version names the split that it comes from")
