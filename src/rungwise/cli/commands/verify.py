"""`rungwise verify`: nobody has changed the record."""

from __future__ import annotations

from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project

WithoutWeights = Annotated[
    bool,
    typer.Option("--without-weights", help="Fitted files of attempts may be absent; count them."),
]


def command(
    folder: Folder = HERE, without_weights: WithoutWeights = False, json: Json = False
) -> None:
    """Re-derive every hash of the ledger."""
    opened = project(folder)
    verified = opened.verify(weights=not without_weights)
    if json:
        output.as_json(verified)
        return
    absent = f", {verified.absent:,} fitted files absent" if verified.absent else ""
    output.line(
        f"The ledger verifies: {verified.entries:,} entries, {verified.objects:,} objects "
        f"unchanged{absent}; the newest hash is {verified.hash[:16]}."
    )
