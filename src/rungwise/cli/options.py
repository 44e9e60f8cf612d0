"""Options that several commands share, and the project that they name."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rungwise.cli import output
from rungwise.errors import Interrupted, RungwiseError

if TYPE_CHECKING:
    from rungwise.progress import Progress
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
By = Annotated[str, typer.Option("--by", help="Who answers for it.")]
Role = Annotated[str, typer.Option("--role", help="In which role.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
On = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="The day in UTC; today unless given."),
]
Wait = Annotated[
    bool, typer.Option("--wait", help="Wait while another process writes the project.")
]
Trust = Annotated[
    list[str] | None,
    typer.Option("--trust", help="Let this file of code that the task names run, as it is now."),
]

Show = Annotated[
    int,
    typer.Option("--show", min=0, help="Print so many answers of each rung as they come."),
]

HERE = Path()
AFRESH = frozenset({"check", "compare", "cost", "predict", "report", "verify"})
"""Commands that keep nothing of what was done until they end."""


def day_of(on: datetime | None) -> date | None:
    """The day of `--on`; None for today."""
    return on.date() if on is not None else None


def project(folder: Path, settings: list[str] | None = None, *, wait: bool = False) -> Project:
    """The project in a folder, with progress for this terminal."""
    from rungwise.workflow.project import Project

    output.folder.set(folder)
    return Project(folder, settings=tuple(settings or ()), progress=shown(), wait=wait)


def shown() -> Progress:
    """Progress for this terminal, with a sign of life until the command ends."""
    from rungwise.cli.heartbeat import Heartbeat
    from rungwise.progress import for_terminal

    name, ends = _running.get()
    return ends.enter_context(Heartbeat(for_terminal(), f"rungwise {name}"))


def written_project(
    folder: Path, settings: list[str] | None = None, *, wait: bool = False
) -> Project:
    """The same for a command that writes: it is the only writer from here to its end."""
    opened = project(folder, settings, wait=wait)
    name, ends = _running.get()
    ends.enter_context(opened.writing(f"rungwise {name}"))
    return opened


def ending(name: str, command: Callable[..., None]) -> Callable[..., None]:
    """A command that leaves at its end what it entered, such as the lock of a project.

    Ctrl-C ends it with a sentence, also at a question: Typer would say "Aborted!", or nothing.
    """

    @functools.wraps(command)
    def ended(*args: Any, **kwargs: Any) -> None:
        with contextlib.ExitStack() as ends:
            token, place = _running.set((name, ends)), output.folder.set(None)
            try:
                command(*args, **kwargs)
            except (KeyboardInterrupt, typer.Abort):
                raise Interrupted(resumes=name not in AFRESH) from None
            except RungwiseError as error:
                error.args = (output.opened(output.located(str(error))),)
                raise
            finally:
                output.folder.reset(place)
                _running.reset(token)

    return ended


_running: ContextVar[tuple[str, contextlib.ExitStack]] = ContextVar("the command that runs")


def override(opened: Project, gates: list[str] | None, by: str, role: str, reason: str) -> None:
    """Put the overrides of this command line on record before the verb runs."""
    for gate in gates or ():
        opened.override(gate, by=by, role=role, reason=reason)
