"""`rungwise compare`: two attempts on the same rows."""

from __future__ import annotations

from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, project


def command(
    first: Annotated[str, typer.Argument(help="Attempt id, or its beginning.")],
    second: Annotated[str, typer.Argument(help="Attempt id, or its beginning.")],
    folder: Folder = HERE,
    json: Json = False,
) -> None:
    """Compare two attempts, paired on the same validation rows (R65)."""
    found = project(folder).compare(first, second)
    if json:
        output.as_json(found)
        return
    output.line(
        f"{second} over {first}: {found.difference:+.4f} [{found.low:+.4f}, {found.high:+.4f}] "
        f"on {found.rows:,} validation rows, p = {found.p_value:.3g}"
    )
