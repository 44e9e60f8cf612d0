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
    if found.ways:
        output.line("Ways on, the usual one first:")
    for number, way in enumerate(found.ways, 1):
        output.line(f"{number}. {way}")
    output.line(f"Next: {following}")
