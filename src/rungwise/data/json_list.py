"""A JSON list of objects: an object a line, as the reader of JSON Lines takes it.

The items are cut out of the text as they are written, one at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TextIO

from rungwise.errors import DataError

PIECE = 1 << 20
"""Characters that are read at a time; a longer item makes a longer piece."""
SPACE = re.compile(r"[ \t\r\n]*")


def items(text: TextIO, name: str, say: Callable[[str], None]) -> Iterator[str]:
    """Yield each item of the list as JSON on one line.

    The list may stand alone, or under one key of an object: then its other keys are left out,
    aloud. A file of several objects is taken as JSON Lines, aloud.

    Args:
        text: The file.
        name: Its name, for messages.
        say: Told what was inferred.

    Raises:
        DataError: It is no JSON, or holds no list of objects.
    """
    scanner = _Scanner(text, name)
    if scanner.next() == "[":
        yield from _listed(scanner)
        if scanner.next():
            raise scanner.wrong("something follows the list")
        return
    if scanner.next() != "{":
        raise DataError(f"{name} holds no list of objects", "Write [{…}, …], or an object a line.")
    whole = scanner.value()
    if scanner.next() == "{":
        say(f"{name} holds an object a line, and is read as JSONL")
        while whole:
            yield whole
            whole = scanner.value() if scanner.next() else ""
        return
    key, rows, others = _wrapped(whole, name)
    say(f"the list `{key}` of {name} is read")
    if others:
        say(f"of {name} these keys are left out: {', '.join(f'`{one}`' for one in others)}")
    inner = _Scanner(rows, name)
    yield from _listed(inner)


def _listed(scanner: _Scanner) -> Iterator[str]:
    scanner.skip()  # the bracket
    while scanner.next() != "]":
        yield scanner.value()
        if scanner.next() == ",":
            scanner.skip()
        elif scanner.next() != "]":
            raise scanner.wrong("a comma or `]` is missing")
    scanner.skip()


def _wrapped(whole: str, name: str) -> tuple[str, str, list[str]]:
    """The key of the only list of objects, that list as text, and the other keys."""
    scanner = _Scanner(whole, name)
    members: dict[str, str] = {}
    scanner.skip()
    while scanner.next() != "}":
        key = json.loads(scanner.value())
        scanner.next()
        scanner.skip()  # the colon
        members[key] = scanner.value()
        if scanner.next() == ",":
            scanner.skip()
    lists = [key for key, text in members.items() if re.match(r"\[\s*\{", text)]
    if len(lists) != 1:
        found = "none" if not lists else ", ".join(f"`{key}`" for key in lists)
        raise DataError(
            f"{name} is one JSON object with {found} as a list of objects",
            "Write [{…}, …], or an object a line (JSONL).",
        )
    return lists[0], members[lists[0]], [key for key in members if key != lists[0]]


class _Scanner:
    """Values of JSON one after another, from a file that is read as far as needed."""

    def __init__(self, text: TextIO | str, name: str) -> None:
        self._file = None if isinstance(text, str) else text
        self._text = text if isinstance(text, str) else ""
        self._name = name
        self._at = 0
        self._line = 1

    def next(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            match = SPACE.match(self._text, self._at)
            assert match is not None, "spaces may be none"
            if match.end() < len(self._text):
                self._move(match.end())
                return self._text[self._at]
            if not self._more():
                return ""

    def skip(self) -> None:
        """Go behind one character."""
        self._move(self._at + 1)

    def value(self) -> str:
        """The value that begins here, on one line."""
        self.next()
        while True:
            try:
                _, end = json.JSONDecoder().raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                self._move(error.pos)
                raise self.wrong(error.msg) from error
            except RecursionError as error:
                raise self.wrong("it is nested too deeply") from error
            if end < len(self._text) or not self._more():
                found = self._text[self._at : end]
                self._move(end)
                return found.replace("\n", " ").replace("\r", " ")

    def wrong(self, what: str) -> DataError:
        """An error that names the line."""
        fact = f"{self._name} is not valid JSON at line {self._line}: {what}"
        return DataError(fact, "Correct it.")

    def _move(self, to: int) -> None:
        self._line += self._text.count("\n", self._at, to)
        self._at = to

    def _more(self) -> bool:
        if self._file is None:
            return False
        rest = self._text[self._at :]
        piece = self._file.read(max(PIECE, len(rest)))
        self._text, self._at = rest + piece, 0
        return bool(piece)
