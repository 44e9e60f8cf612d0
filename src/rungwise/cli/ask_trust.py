"""Asking at a terminal whether code that a task names may run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from rungwise.cli.ask_need import at_terminal
from rungwise.cli.heartbeat import asking

if TYPE_CHECKING:
    from rungwise.workflow.project import Project


def ask_trust(opened: Project, trust: list[str] | None, *, json: bool) -> None:
    """Put on record what `--trust` allows, and ask for what is left.

    Where nobody can answer (no terminal, `--json`), the verb says what is missing.
    """
    for file in trust or ():
        opened.trust(file)
    if json or not at_terminal():
        return
    for code in opened.untrusted():
        lines = len(code.content.splitlines())
        question = (
            f"{code.path} ({lines:,} lines, sha256 {code.digest[:12]}) is code that this task "
            "names; it runs with all your rights. Run it?"
        )
        with asking():
            allowed = typer.confirm(question, default=False, err=True)
        if allowed:
            opened.trust(code.file, digest=code.digest)
