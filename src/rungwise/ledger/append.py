"""The one door through which the ledger grows; only `workflow` may open it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from rungwise.errors import InputError, StorageError
from rungwise.ledger.entry import GENESIS, Entry, fingerprint
from rungwise.ledger.head import Seen, gone, replaced
from rungwise.ledger.kinds import record_of
from rungwise.ledger.store import Ledger
from rungwise.ledger.tables import entries
from rungwise.objects import canonical

ATTEMPTS = 50


def append(ledger: Ledger, kind: str, payload: Mapping[str, Any]) -> Entry:
    """Write one entry, whole or not at all, and return it once it is safe on disk.

    Two processes may append at once: on SQLite the second waits; on a server the unique
    `previous` lets one win, and the other reads the new end and tries again.

    Args:
        ledger: Where to write.
        kind: One of `rungwise.ledger.kinds.KINDS`.
        payload: `to_json` of the kind's record; gets `time` (UTC) where it has none.

    Raises:
        InputError: The payload holds a number that is not finite, or no valid text.
        ValueError: The payload does not have the kind's shape: a later read could not use it.
        StorageError: The disk is full, the folder read-only, the server out of reach.
        LedgerError: The ledger is damaged, or entries that were written are gone.
    """
    record_of(kind, payload)
    content = {"time": datetime.now(UTC).isoformat(timespec="seconds"), **payload}
    text = _text(kind, content)
    for attempt in range(ATTEMPTS):
        try:
            entry = _write(ledger, kind, content, text)
        except IntegrityError:
            time.sleep(0.002 * attempt)
            continue
        ledger.head.write(entry.sequence, entry.hash)
        return entry
    raise StorageError(
        f"{ledger.place} was extended by others {ATTEMPTS} times while this entry was written",
        "Run the same command again.",
    )


def _write(ledger: Ledger, kind: str, content: Mapping[str, Any], text: str) -> Entry:
    # Before the transaction: the head may lag behind the entries it reads, never lead them.
    seen = ledger.head.read()
    with ledger.writing() as connection:
        last = _last(connection)
        if seen is not None:
            _expect(connection, seen, last)
        sequence, previous = (last.sequence + 1, last.hash) if last else (1, GENESIS)
        digest = fingerprint(sequence, kind, text, previous)
        connection.execute(
            insert(entries).values(
                sequence=sequence, kind=kind, payload=text, previous=previous, hash=digest
            )
        )
    return Entry(sequence, kind, content, previous, digest, content["time"])


def _last(connection: Connection) -> Seen | None:
    newest = select(entries.c.sequence, entries.c.hash).order_by(entries.c.sequence.desc())
    row = connection.execute(newest.limit(1)).first()
    return Seen(row.sequence, row.hash) if row else None


def _expect(connection: Connection, seen: Seen, last: Seen | None) -> None:
    """Refuse to write on top of a ledger that lost entries: a new tail would hide the loss."""
    if last is None or last.sequence < seen.sequence:
        raise gone(seen, last.sequence if last else 0)
    stored = select(entries.c.hash).where(entries.c.sequence == seen.sequence)
    if connection.execute(stored).scalar() != seen.hash:
        raise replaced(seen)


def _text(kind: str, content: Mapping[str, Any]) -> str:
    try:
        text = canonical(content)
        text.encode("utf-8")
    except (ValueError, TypeError) as error:
        where = _not_finite(content) or str(error)
        raise InputError(
            f"An entry of kind `{kind}` cannot be written: {where}",
            "Every number on record must be finite, and every text valid.",
        ) from error
    return text


def _not_finite(value: Any, path: str = "") -> str | None:
    """The first number that is not finite, with the way to it."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{path.removeprefix('.')} is {value}"
    items: Any = ()
    if isinstance(value, Mapping):
        items = ((f"{path}.{key}", item) for key, item in value.items())
    elif isinstance(value, list | tuple):
        items = ((f"{path}[{index}]", item) for index, item in enumerate(value))
    return next((found for at, item in items if (found := _not_finite(item, at))), None)
