"""Reading the ledger; nothing here can change it."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Select, select

from rungwise.errors import LedgerError
from rungwise.ledger import tables
from rungwise.ledger.entry import Entry
from rungwise.ledger.store import Ledger

BATCH = 256


def entries(ledger: Ledger, kind: str | None = None) -> list[Entry]:
    """Every entry in order, or only those of one kind; none where there is no ledger yet.

    The hashes are not checked here: that is `rungwise.ledger.verify`.

    Raises:
        LedgerError: A payload is not JSON with a time; the message names the entry.
        StorageError: The ledger cannot be reached.
    """
    wanted = select(tables.entries)
    if kind is not None:
        wanted = wanted.where(tables.entries.c.kind == kind)
    with ledger.reading() as connection:
        if connection is None:
            return []
        with closing(rows(connection, wanted)) as stored:
            return [_entry(*row) for row in stored]


def rows(connection: Connection, wanted: Select[Any] | None = None) -> Generator[Any]:
    """Stored rows in the order of their sequence, a batch at a time."""
    ordered = (select(tables.entries) if wanted is None else wanted).order_by(
        tables.entries.c.sequence
    )
    # An open cursor keeps the file locked: it ends with this generator, which callers close.
    with connection.execute(ordered.execution_options(yield_per=BATCH)) as result:
        yield from result


def _entry(sequence: int, kind: str, payload: str, previous: str, digest: str) -> Entry:
    try:
        content = json.loads(payload)
        return Entry(sequence, kind, content, previous, digest, content["time"])
    except (ValueError, TypeError, KeyError) as error:
        raise LedgerError(
            f"Entry {sequence} ({kind}) holds no readable payload",
            "Run `rungwise verify`, then restore the ledger from a backup.",
        ) from error
