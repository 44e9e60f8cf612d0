"""`rungwise decide`: what follows from all that is on record."""

from __future__ import annotations

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, Wait, written_project


def command(folder: Folder = HERE, wait: Wait = False, json: Json = False) -> None:
    """Say what follows from all verdicts: stop, back to the data, change the base and others."""
    from rungwise.decisions.direction import line

    opened = written_project(folder, wait=wait)
    found, status = opened.direction(), opened.status()
    following = status["next"]
    if json:
        view = {"decision": line(found), "move": found.move, "reason": found.reason}
        beside = {"ways": found.ways, "next": following, "retrieval": status["retrieval"]}
        output.as_json(view | beside)
        return
    output.line(line(found))
    output.retrieval(status["retrieval"])
    if not found.ways:
        output.line(f"Next: {following}")
        return
    # One step is next; the others are there for a person who knows why this one is not it.
    output.line(f"Next: {found.ways[0]}")
    if others := found.ways[1:]:
        output.line("If that cannot be done:")
    for way in others:
        output.line(f"- {way}")
    output.line(f"The numbers behind it: {following}")
