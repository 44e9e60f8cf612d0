"""`rungwise verify`: nobody has changed the record."""

from __future__ import annotations

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project


def command(folder: Folder = HERE, json: Json = False) -> None:
    """Re-derive every hash of the ledger."""
    opened = project(folder)
    count = opened.verify()
    if json:
        output.as_json({"entries": count, "verifies": True})
    else:
        output.line(f"The ledger verifies: {count} entries, every hash re-derived.")
