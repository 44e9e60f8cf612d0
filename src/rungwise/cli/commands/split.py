"""`rungwise split`: three parts, one of them sealed."""

from __future__ import annotations

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, Wait, written_project


def command(folder: Folder = HERE, wait: Wait = False, json: Json = False) -> None:
    """Divide the rows and seal the test part."""
    opened = written_project(folder, wait=wait)
    record = opened.split()
    if json:
        output.as_json(record)
        return
    parts = ", ".join(f"{count:,} {part}" for part, count in record.rows.items())
    output.line(f"{parts}; the test part is sealed.")
    for row in opened.quarantined():
        output.line(f"  set aside: {row.source} line {row.line}: {row.reason}")
