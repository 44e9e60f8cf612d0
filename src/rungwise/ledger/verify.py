"""Deriving every hash anew: is the ledger still what was written?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from rungwise.errors import LedgerError
from rungwise.ledger.entry import GENESIS, fingerprint
from rungwise.ledger.head import gone, replaced
from rungwise.ledger.holdings import check_objects
from rungwise.ledger.read import entries, rows
from rungwise.ledger.store import Ledger
from rungwise.objects import Objects

RESTORE = "Restore the ledger from a backup."


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked.

    Attributes:
        entries: How many entries form the chain.
        hash: Hash of the newest one: written down elsewhere, it proves all that came before.
        objects: How many stored objects were hashed.
        head: Whether a head was there, so that a cut tail would have been seen.
        absent: How many fitted files of attempts are not there; 0 unless they may be absent.
    """

    entries: int
    hash: str
    objects: int
    head: bool
    absent: int = 0


def verify(ledger: Ledger, *stores: Objects, weights: bool = True) -> Verified:
    """Re-derive every hash, compare the end with the head, and hash every object on record.

    Args:
        ledger: What to check.
        stores: Object stores, the sealed one included; without any, objects are not checked.
        weights: Whether the fitted files of every attempt must be there.

    Raises:
        LedgerError: Something does not match; the message names the first bad entry and what
            about it is wrong.
        StorageError: The ledger or an object cannot be read.
    """
    seen = ledger.head.read()
    with ledger.reading() as connection:
        hashes = _chain(connection) if connection is not None else []
    if seen is not None:
        if len(hashes) < seen.sequence:
            raise gone(seen, len(hashes))
        if hashes[seen.sequence - 1] != seen.hash:
            raise replaced(seen)
    newest = hashes[-1] if hashes else GENESIS
    if not stores:
        return Verified(len(hashes), newest, 0, seen is not None)
    unchanged, absent = check_objects(entries(ledger), stores, weights=weights)
    return Verified(len(hashes), newest, unchanged, seen is not None, absent)


def _chain(connection: Connection) -> list[str]:
    """Hashes in order, once every one of them follows from its entry and the one before."""
    hashes: list[str] = []
    with closing(rows(connection)) as stored:
        for row in stored:
            _follows(row, hashes)
            hashes.append(row.hash)
    return hashes


def _follows(row: Any, before: Sequence[str]) -> None:
    """Say what is wrong about an entry, given the hashes of those before it."""
    sequence, kind, payload, previous, digest = row
    if sequence != len(before) + 1:
        raise _out_of_place(sequence, kind, len(before) + 1)
    if not all(isinstance(value, str) for value in (kind, payload, previous, digest)):
        raise _bad(sequence, kind, "it holds bytes where text was written")
    if previous != (before[-1] if before else GENESIS):
        predecessor = f"entry {sequence - 1}" if before else "the beginning"
        raise _bad(sequence, kind, f"its `previous` is not the hash of {predecessor}")
    if fingerprint(sequence, kind, payload, previous) != digest:
        raise _bad(sequence, kind, "its hash does not follow from its kind, payload and `previous`")


def _out_of_place(sequence: int, kind: str, expected: int) -> LedgerError:
    if sequence < expected:
        return _bad(sequence, kind, "no entry has this number")
    return LedgerError(
        f"Entry {expected} is missing: entry {sequence} ({_shown(kind)}) stands in its place",
        RESTORE,
    )


def _bad(sequence: int, kind: str, what: str) -> LedgerError:
    return LedgerError(f"Entry {sequence} ({_shown(kind)}) does not verify: {what}", RESTORE)


def _shown(kind: Any) -> str:
    """A kind that may have been tampered with, on one line."""
    return kind if isinstance(kind, str) and kind.isidentifier() else repr(kind)
