"""Progress over anything that takes longer than two seconds.

Work reports to a `Progress`; what the user sees (a bar, plain lines, nothing) is decided
once, at the edge. Progress goes to standard error, so that `--json` stays clean.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from rungwise.settings import settings

Item = TypeVar("Item")


class Progress(Protocol):
    """What long work reports to."""

    def say(self, message: str) -> None:
        """Tell the user a fact in one line, such as an inferred default."""

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Yield `items` unchanged while showing how many of `total` are done."""


class Silent:
    """Shows nothing: for library use and tests."""

    def say(self, message: str) -> None:
        """Drop the message."""

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Yield `items` unchanged."""
        yield from items


class Lines:
    """Plain lines, at most one every two seconds: for logs and pipes."""

    interval = 2.0

    def say(self, message: str) -> None:
        """Print the message."""
        print(message, file=sys.stderr, flush=True)  # noqa: T201

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Yield `items`, printing `title: done/total` every two seconds."""
        last = time.monotonic()
        for done, item in enumerate(items):
            now = time.monotonic()
            if now - last >= self.interval:
                last = now
                self.say(f"  {title}: {done}/{total if total is not None else '?'}")
            yield item


class Bars:
    """A Rich progress bar for a person at a terminal."""

    def say(self, message: str) -> None:
        """Print the message above any bar."""
        from rich.console import Console

        Console(stderr=True, highlight=False, markup=False).print(message)

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Yield `items` behind a bar that disappears when they are done."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = ("  {task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield from bar.track(items, total=total, description=title)


def for_terminal() -> Progress:
    """Bars on a terminal, plain lines elsewhere."""
    return Bars() if sys.stderr.isatty() and not settings().plain else Lines()
