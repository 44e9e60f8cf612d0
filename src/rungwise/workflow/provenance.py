"""Where a row comes from and all that was done to it (R19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from rungwise.data.curation.record import Transform
from rungwise.data.stored import table
from rungwise.errors import TaskError
from rungwise.records import Part
from rungwise.workflow.data_version import divided
from rungwise.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Change:
    """One decision about a row, and the transform that it was part of."""

    transform: Transform
    value: str | None
    reason: str
    by: str | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """A row's way.

    Attributes:
        id: The row.
        part: Where it stands now; `quarantine` where it was set aside.
        reason: Why it was set aside, or "".
        source: The file, as the task names it, and `sha256` its digest when it was read.
        line: 1-based, in that file.
        licence: As the task gives it; None where it is not known.
        data: Id of the data version in force.
        changes: What was decided about the row or its label, first to last.
    """

    id: str
    part: Part | str
    reason: str
    source: str
    sha256: str
    line: int
    licence: str | None
    data: str
    changes: tuple[Change, ...]


def provenance(workspace: Workspace, row: str) -> Provenance:
    """Resolve a row of the version in force to its file, line, licence and chain of transforms.

    Raises:
        TaskError: Nothing is split yet, or there is no such row.
    """
    split = workspace.split
    part, found = _located(workspace, row)
    source = str(found["source"])
    return Provenance(
        id=row,
        part=part,
        reason=str(found.get("reason") or ""),
        source=source,
        sha256=str(split.sources.get(source, "")),
        line=int(found["line"]),
        licence=_licence(workspace, source),
        data=split.id,
        changes=_changes(workspace, row),
    )


def _licence(workspace: Workspace, source: str) -> str | None:
    """As the task names it, for all files or for this one."""
    given = workspace.task.data.model_dump().get("licence")
    return given.get(source) if isinstance(given, dict) else given


def _located(workspace: Workspace, row: str) -> tuple[str, dict[str, Any]]:
    for part in ("train", "validation", "test", "quarantine"):
        rows = workspace.part(part).filter(pl.col("id") == row)
        if len(rows):
            return part, rows.row(0, named=True)
    raise TaskError(
        f"There is no row {row!r}", "Row ids are those that `rungwise audit --json` lists."
    )


def _changes(workspace: Workspace, row: str) -> tuple[Change, ...]:
    """Decisions about the row, and merges of the label that it had at that time."""
    curation = workspace.state.curation
    if curation is None:
        return ()
    label = _label(workspace, divided(workspace).train, divided(workspace).validation, row)
    found: list[Change] = []
    for transform in curation.chain:
        decisions = table(workspace.objects.read(transform.decisions))
        about = label if transform.action == "merge" else row
        for value, reason, by in (
            decisions.filter(pl.col("id") == about).select("value", "reason", "by").iter_rows()
        ):
            found.append(Change(transform, value, reason, by))
            label = value if transform.action in ("relabel", "merge") else label
    return tuple(found)


def _label(workspace: Workspace, train: str, validation: str, row: str) -> str | None:
    """The label that the row was divided with; None for a sealed one."""
    for digest in (train, validation):
        rows = table(workspace.objects.read(digest)).filter(pl.col("id") == row)
        if len(rows):
            return str(rows["expected"][0])
    return None
