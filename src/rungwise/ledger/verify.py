"""Deriving every hash anew: is the ledger still what was written?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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
    """

    entries: int
    hash: str
    objects: int
    head: bool


def verify(ledger: Ledger, *stores: Objects) -> Verified:
    """Re-derive every hash, compare the end with the head, and hash every object on record.

    Args:
        ledger: What to check.
        stores: Object stores, the sealed one included; without any, objects are not checked.

    Raises:
        LedgerError: Something does not match; the message names the first bad entry and what
            about it is wrong.
        StorageError: The ledger or an object cannot be read.
    """
    seen = ledger.head.read()
    with ledger.reading() as connection:
        hashes = _chain(rows(connection)) if connection is not None else []
    if seen is not None:
        if len(hashes) < seen.sequence:
            raise gone(seen, len(hashes))
        if hashes[seen.sequence - 1] != seen.hash:
            raise replaced(seen)
    checked = check_objects(entries(ledger), stores) if stores else 0
    return Verified(len(hashes), hashes[-1] if hashes else GENESIS, checked, seen is not None)


def _chain(stored: Iterable[Any]) -> list[str]:
    """Hashes in order, once every one of them follows from its entry and the one before."""
    hashes: list[str] = []
    for sequence, kind, payload, previous, digest in stored:
        expected = len(hashes) + 1
        if sequence != expected:
            raise _out_of_place(sequence, kind, expected)
        if previous != (hashes[-1] if hashes else GENESIS):
            before = f"entry {sequence - 1}" if hashes else "the beginning"
            raise _bad(sequence, kind, f"its `previous` is not the hash of {before}")
        if fingerprint(sequence, kind, payload, previous) != digest:
            raise _bad(
                sequence, kind, "its hash does not follow from its kind, payload and `previous`"
            )
        hashes.append(digest)
    return hashes


def _out_of_place(sequence: int, kind: str, expected: int) -> LedgerError:
    if sequence < expected:
        return _bad(sequence, kind, "no entry has this number")
    return LedgerError(
        f"Entry {expected} is missing: entry {sequence} ({kind}) stands in its place", RESTORE
    )


def _bad(sequence: int, kind: str, what: str) -> LedgerError:
    return LedgerError(f"Entry {sequence} ({kind}) does not verify: {what}", RESTORE)
