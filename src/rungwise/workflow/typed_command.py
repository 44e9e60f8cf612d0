"""Commands as a user types them: with the task folder, quoted for a shell."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

NAMED = re.compile(
    r"(?P<before>`|Next: )rungwise "
    r"(?P<verb>(?!init\b)(?:monitor )?[a-z]+)(?= |`|$)(?! -C)(?!` of process)"
)
"""A command in a message that names no folder; not the one by which a process is named."""


QUOTED = re.compile(r"(`[^`]*`)")
WORD = re.compile(r"(?:(?<=[\s'\"`(\[{])|^)[^\s'\"`(\[{/]\S*")
"""What a relative path may begin with, and a word of it."""
LONGEST = 6
"""Words that a file's name may have."""


def typed(folder: Path, verb: str, *arguments: str) -> str:
    """A command that runs where the user stands: with `-C` unless that is the task folder.

    A verb of a group is two words, such as `monitor draw`.
    """
    return shlex.join(("rungwise", *verb.split(), *_where(folder), *arguments))


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


def opened_from_here(message: str, folder: Path) -> str:
    """The message with files of the task as they can be opened from where the user stands.

    A task names its files relative to its folder. What is no such file, what can be opened as it
    stands, and commands in backticks stay as they are.
    """
    if folder.resolve() == Path.cwd():
        return message
    parts = QUOTED.split(message)  # every second part is in backticks
    return "".join(
        part if part.startswith("`rungwise ") else _opened(part, folder) for part in parts
    )


def below_folder(message: str, folder: Path) -> str:
    """The message with files below the task folder named relative to it, as the task names them.

    Commands in backticks stay: they run where the user stands.
    """
    parts = QUOTED.split(message)  # every second part is in backticks
    places = {f"{place}{os.sep}" for place in (folder.absolute(), folder.resolve())}
    for at, part in enumerate(parts):
        if not part.startswith("`rungwise "):
            for place in places:
                parts[at] = re.sub(rf"(?<![^\s'\"`(\[{{]){re.escape(place)}", "", parts[at])
    return "".join(parts)


def _opened(text: str, folder: Path) -> str:
    written, at = [], 0
    for start in WORD.finditer(text):
        if start.start() < at:
            continue
        for end in _ends(text, start.start()):
            name = text[start.start() : end]
            place = Path(os.path.normpath(folder.resolve() / name))
            if "." in name.strip(".") and not _exists(Path(name)) and _exists(place):
                written += [text[at : start.start()], from_here(place)]
                at = end
                break
    return "".join([*written, text[at:]])


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a word that is too long for a name
        return False


def _ends(text: str, start: int) -> list[int]:
    """Where a file's name that begins here may end, the longest first: names may have spaces."""
    words = list(WORD.finditer(text, start))[:LONGEST]
    found = []
    for word in reversed(words):
        bare = text[start : word.end()].rstrip(".,:;)]}'\"`")
        found.append(start + len(bare))
    return found


def from_here(path: Path) -> str:
    """A path relative to where the user stands, if it lies below; never one like an option."""
    here = Path.cwd()
    below = path.resolve()
    shown = str(below.relative_to(here)) if below.is_relative_to(here) else str(below)
    return f"./{shown}" if shown.startswith("-") else shown


def _where(folder: Path) -> tuple[str, ...]:
    return () if folder.resolve() == Path.cwd() else ("-C", from_here(folder))
