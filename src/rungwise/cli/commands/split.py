"""`rungwise split`: three parts, one of them sealed."""

from __future__ import annotations

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project


def command(folder: Folder = HERE, json: Json = False) -> None:
    """Divide the rows and seal the test part."""
    opened = project(folder)
    record = opened.split()
    if json:
        output.as_json(record)
        return
    parts = ", ".join(f"{count:,} {part}" for part, count in record.rows.items())
    output.line(f"{parts}; the test part is sealed.")
    for row in opened.quarantined():
        output.line(f"  set aside: {row.source} line {row.line}: {row.reason}")
