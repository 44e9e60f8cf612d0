"""`rungwise ship`: a versioned release of what was tested."""

from __future__ import annotations

from rungwise.cli import output
from rungwise.cli.ask_trust import ask_trust
from rungwise.cli.options import (
    HERE,
    By,
    Folder,
    Json,
    OverrideGate,
    Reason,
    Role,
    Trust,
    Wait,
    override,
    written_project,
)


def command(
    folder: Folder = HERE,
    gates: OverrideGate = None,
    by: By = "",
    role: Role = "",
    reason: Reason = "",
    trust: Trust = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Freeze what was tested as releases/vX.Y."""
    opened = written_project(folder, wait=wait)
    ask_trust(opened, trust, json=json)
    override(opened, gates, by, role, reason)
    release = opened.ship()
    if json:
        output.as_json(release)
        return
    output.line(f"Released {release.version} in {opened.folder / release.folder}.")
    output.line(f"Next: {opened.status()['next']}")
