"""`rungwise monitor check`: what the sample of production says."""

from __future__ import annotations

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project


def command(folder: Folder = HERE, json: Json = False) -> None:
    """Say what the sample of production holds."""
    sample = project(folder).sample()
    counted = sample.rows.group_by("version", "source", maintain_order=True).len("rows")
    if json:
        output.as_json({"rows": counted.to_dicts(), "faults": list(sample.said)})
        return
    if sample.rows.is_empty():
        output.line("The sample of production is empty.")
    for version, source, rows in counted.iter_rows():
        output.line(f"{version}: {rows:,} {'row' if rows == 1 else 'rows'} from {source}")
    for fault in sample.said:
        output.line(fault)
