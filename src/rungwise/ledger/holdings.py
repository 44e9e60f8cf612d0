"""The objects that entries name: present, and the bytes they were when they were written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rungwise.errors import LedgerError, StorageError
from rungwise.ledger.entry import Entry
from rungwise.objects import Objects, digest_file

FILES: Mapping[str, tuple[str, ...]] = {
    "split": ("train", "validation", "test_inputs", "test_expected", "quarantine", "folds"),
    "curation": ("train", "validation", "quarantine"),
    "import": ("object",),
    "trust": ("digest",),
    "attempt": ("predictions", "prompts", "own_answers"),
    "test": ("predictions", "prompts"),
    "spot_draw": ("object",),
}
"""Kind → keys of its payload that hold the digest of one object."""

FOLDERS: Mapping[str, tuple[str, ...]] = {"attempt": ("artefact",)}
"""Kind → keys that hold the digest of a stored folder: a listing of further objects."""


def check_objects(
    entries: Iterable[Entry], stores: Sequence[Objects], *, weights: bool = True
) -> tuple[int, int]:
    """Hash every object that the entries name.

    The sealed test part is hashed like the rest: its bytes pass through the hash and nowhere
    else.

    Args:
        entries: The ledger, oldest first.
        stores: Where objects may lie.
        weights: Whether every fitted file of an attempt must be there. If not, absent ones are
            counted; those that are there must still be unchanged.

    Returns:
        How many objects are unchanged, and how many fitted files are absent.

    Raises:
        LedgerError: An object is absent or has changed; the message names the entry.
        StorageError: An object cannot be read.
    """
    whole: set[str] = set()
    absent: set[str] = set()
    for entry in entries:
        for key, digest in _named(entry, FILES):
            _check(entry, key, digest, stores, whole)
        for key, digest in _named(entry, FOLDERS):
            _check(entry, key, digest, stores, whole)
            for name, inner in _listing(entry, key, digest, stores).items():
                if weights or any(store.has(inner) for store in stores):
                    _check(entry, f"{key}/{name}", inner, stores, whole)
                else:
                    absent.add(inner)
    return len(whole), len(absent)


def _named(entry: Entry, keys: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    for key in keys.get(entry.kind, ()):
        if digest := entry.payload.get(key):
            yield key, str(digest)
    if entry.kind == "curation" and keys is FILES:
        for place, transform in enumerate(entry.payload["chain"], 1):
            yield f"decisions of transform {place}", str(transform["decisions"])
    if entry.kind == "audit" and keys is FILES:
        for finding in entry.payload["findings"]:
            if kept := finding.get("kept"):
                yield f"rows of {finding['code']}", str(kept["object"])


def _check(entry: Entry, key: str, digest: str, stores: Sequence[Objects], whole: set[str]) -> None:
    if digest in whole:
        return
    places = [store.path(digest) for store in stores if store.has(digest)]
    if not places:
        raise _wrong(entry, f"its {key} ({digest[:12]}) is not in the object store")
    for place in places:
        try:
            changed = digest_file(place) != digest
        except OSError as error:
            raise StorageError(
                f"{place} cannot be read: {error.strerror}", "Free it, then verify again."
            ) from error
        if changed:
            raise _wrong(entry, f"its {key} ({digest[:12]}) has changed on disk, in {place}")
    whole.add(digest)


def _listing(entry: Entry, key: str, digest: str, stores: Sequence[Objects]) -> Mapping[str, str]:
    store = next(store for store in stores if store.has(digest))
    try:
        listing: Any = json.loads(store.read(digest))
    except ValueError:
        listing = None
    if not isinstance(listing, dict):
        raise _wrong(entry, f"its {key} ({digest[:12]}) is not the listing of a folder")
    return listing


def _wrong(entry: Entry, what: str) -> LedgerError:
    return LedgerError(
        f"Entry {entry.sequence} ({entry.kind}) cannot be proven: {what}",
        "Restore the object from a backup.",
    )
