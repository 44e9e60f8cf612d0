"""The rows of a finding: few go into the ledger, many into an object that the entry names.

A ledger that carried every row of every finding would be read whole by each command.
"""

from __future__ import annotations

import dataclasses

from rungwise.data.finding_rows import from_table, to_table
from rungwise.data.stored import parquet, table
from rungwise.objects import Objects
from rungwise.records import SUGGESTED, Finding, KeptRows

MOST, SHOWN = 100, 3
"""Rows that an entry holds itself, and how many of more than these it still shows."""


def kept(finding: Finding, objects: Objects) -> Finding:
    """The finding as it goes on record: many rows are stored, and their digest is named.

    Raises:
        StorageError: The store cannot be written.
    """
    if len(finding.rows) <= MOST:
        return finding
    rows = to_table(finding.rows, finding.numbers.get(SUGGESTED, {}))
    numbers = {key: value for key, value in finding.numbers.items() if key != SUGGESTED}
    parts = rows["split"].drop_nulls().value_counts().sort("split")
    return dataclasses.replace(
        finding,
        rows=finding.rows[:SHOWN],
        numbers=numbers,
        kept=KeptRows(objects.put(parquet(rows)), len(rows), dict(parts.iter_rows())),
    )


def whole(finding: Finding, objects: Objects) -> Finding:
    """The finding with every row, and every label that it suggests.

    Raises:
        LedgerError: The stored rows are gone or have changed.
    """
    if finding.kept is None:
        return finding
    rows, suggested = from_table(table(objects.read(finding.kept.object)))
    proposed = {SUGGESTED: suggested} if suggested else {}
    return dataclasses.replace(
        finding, rows=rows, numbers={**finding.numbers, **proposed}, kept=None
    )
