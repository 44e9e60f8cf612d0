"""`rungwise decide`: what follows from all that is on record."""

from __future__ import annotations

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, Wait, written_project


def command(folder: Folder = HERE, wait: Wait = False, json: Json = False) -> None:
    """Say what follows from all verdicts: stop, go or no-go, back to the data, change the base."""
    from rungwise.decisions.direction import line

    opened = written_project(folder, wait=wait)
    found, following = opened.direction(), opened.status()["next"]
    if json:
        view = {"decision": line(found), "move": found.move, "reason": found.reason}
        output.as_json(view | {"ways": found.ways, "next": following})
        return
    output.line(line(found))
    for way in found.ways:
        output.line(f"- {way}")
    output.line(f"Next: {following}")
