"""Data versions: the split as it was divided, and what curation made of it since (R19)."""

from __future__ import annotations

import polars as pl

from rungwise.data import quarantine
from rungwise.data.curation.chain import Curated, replay, vanishing
from rungwise.data.curation.record import Curation, Transform
from rungwise.data.stored import put, table
from rungwise.errors import LedgerError
from rungwise.ledger.kinds import record_of
from rungwise.ledger.read import entries
from rungwise.objects import digest_json
from rungwise.records import SplitRecord
from rungwise.workflow.workspace import Workspace


def at(workspace: Workspace, version: str) -> Workspace:
    """The same folder with another data version in force, by its id."""
    other = Workspace(workspace.folder, workspace.progress, workspace.settings, version=version)
    other.lock = workspace.lock  # one writer, whichever version it looks at
    other.measures = workspace.measures
    return other


def parts_of(workspace: Workspace) -> Curated:
    """The parts of the version in force."""
    split = workspace.state.split
    assert split is not None, "a data version follows a split"
    return Curated(
        workspace.part("train"),
        workspace.part("validation"),
        workspace.part("quarantine"),
        tuple(dict(split.numbers.get("merged", {})).items()),
    )


def divided(workspace: Workspace) -> SplitRecord:
    """The split that the version in force was made from."""
    now = workspace.state.split
    assert now is not None, "a data version follows a split"
    raw = at(workspace, now.division).state.split
    assert raw is not None, "the split is on record"
    return raw


def store(workspace: Workspace, parts: Curated, chain: tuple[Transform, ...]) -> Curation:
    """Store the parts; the id depends on the rows alone, as that of a split does."""
    now, raw = workspace.state.split, divided(workspace)
    assert now is not None, "a data version follows a split"
    merged = vanishing(parts.merged)
    classes = tuple(sorted({merged.get(label, label) for label in raw.classes}))
    digests = {
        "train": put(workspace.objects, parts.train),
        "validation": put(workspace.objects, parts.validation),
    }
    sealed = {"test_inputs": raw.test_inputs, "test_expected": raw.test_expected}
    return Curation(
        id=digest_json({**digests, **sealed, "classes": classes}),
        split=raw.id,
        parent=now.id,
        chain=chain,
        **digests,
        quarantine=put(workspace.objects, parts.quarantine),
        rows={**raw.rows, "train": len(parts.train), "validation": len(parts.validation)},
        classes=classes,
        quarantined=quarantine.kinds(parts.quarantine),
        merged=merged,
    )


def verify_chains(workspace: Workspace) -> int:
    """Replay every curation on record from its split; returns how many there are.

    Raises:
        LedgerError: A chain gives other rows than those on record; the message names the entry.
    """

    def rows(digest: str) -> pl.DataFrame:
        return table(workspace.objects.read(digest))

    def parts(record: SplitRecord | Curation) -> Curated:
        return Curated(rows(record.train), rows(record.validation), rows(record.quarantine))

    written = [record_of("split", one.payload) for one in entries(workspace.ledger, "split")]
    splits = {one.id: one for one in written if isinstance(one, SplitRecord)}
    made = entries(workspace.ledger, "curation")
    for entry in workspace.progress.over(made, "replaying curations", len(made)):
        curation = record_of("curation", entry.payload)
        assert isinstance(curation, Curation), "a curation's payload is a curation"
        replayed = replay(parts(splits[curation.split]), curation.chain, rows)
        recorded = parts(curation)
        for part in ("train", "validation", "quarantine"):
            if not getattr(replayed, part).equals(getattr(recorded, part)):
                raise LedgerError(
                    f"Entry {entry.sequence} (curation) cannot be proven: replaying its chain "
                    f"gives other rows for {part}",
                    "Restore the objects from a backup.",
                )
    return len(made)
