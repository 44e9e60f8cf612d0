"""Commands as a user types them: with the task folder, quoted for a shell."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

NAMED = re.compile(
    r"(?P<before>`|Next: )rungwise (?P<verb>(?!init\b)[a-z]+)(?= |`|$)(?! -C)(?!` of process)"
)
"""A command in a message that names no folder; not the one by which a process is named."""


def typed(folder: Path, verb: str, *arguments: str) -> str:
    """A command that runs where the user stands: with `-C` unless that is the task folder."""
    return shlex.join(("rungwise", verb, *_where(folder), *arguments))


def located(message: str, folder: Path) -> str:
    """The message with `-C` in every command that it names, unless the user stands in the folder.

    Messages from gates, audits and errors go on record, so they name commands without a folder.
    """
    where = "".join(f" {shlex.quote(word)}" for word in _where(folder))
    if not where:
        return message
    return NAMED.sub(lambda one: f"{one['before']}rungwise {one['verb']}{where}", message)


def names(message: str, command: str, folder: Path) -> bool:
    """Whether a message already tells this command, so that it need not be said again."""
    return f"`{command}`" in located(message, folder)


def from_here(path: Path) -> str:
    """A path relative to where the user stands, if it lies below; never one like an option."""
    here = Path.cwd()
    below = path.resolve()
    shown = str(below.relative_to(here)) if below.is_relative_to(here) else str(below)
    return f"./{shown}" if shown.startswith("-") else shown


def _where(folder: Path) -> tuple[str, ...]:
    return () if folder.resolve() == Path.cwd() else ("-C", from_here(folder))
