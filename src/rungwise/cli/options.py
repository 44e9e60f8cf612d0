"""Options that several commands share, and the project that they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rungwise.workflow.project import Project

Folder = Annotated[Path, typer.Option("-C", "--directory", help="The task folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Setting = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override a key of rungwise.yaml: --set training.epochs=3."),
]
OverrideGate = Annotated[
    list[str] | None,
    typer.Option("--override", help="Let this gate pass by name; on record for ever."),
]
By = Annotated[str, typer.Option("--by", help="Who overrides.")]
Role = Annotated[str, typer.Option("--role", help="In which role.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]

HERE = Path()


def project(folder: Path, settings: list[str] | None = None) -> Project:
    """The project in a folder, with progress for this terminal."""
    from rungwise.progress import for_terminal
    from rungwise.workflow.project import Project

    return Project(folder, settings=tuple(settings or ()), progress=for_terminal())


def override(opened: Project, gates: list[str] | None, by: str, role: str, reason: str) -> None:
    """Put the overrides of this command line on record before the verb runs."""
    for gate in gates or ():
        opened.override(gate, by=by, role=role, reason=reason)
