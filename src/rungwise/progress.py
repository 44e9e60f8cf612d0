"""Progress over anything that takes longer than two seconds.

Work reports to a `Progress`; what the user sees (a bar, plain lines, nothing) is decided
once, at the edge. Progress goes to standard error, so that `--json` stays clean.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeVar

from rungwise.settings import settings

if TYPE_CHECKING:
    from rich.console import Console

Item = TypeVar("Item")


class Progress(Protocol):
    """What long work reports to."""

    def say(self, message: str) -> None:
        """Tell the user a fact in one line, such as an inferred default."""

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Yield `items` unchanged while showing how many of `total` are done."""

    def tally(self, title: str, rows: int, tokens: float) -> AbstractContextManager[Tally]:
        """Show how many rows and tokens are done, as the work inside the block adds them.

        Args:
            title: What is done.
            rows: How many there are.
            tokens: How many there are, or are expected: the time left follows from them.
        """


class Tally:
    """Rows and tokens that are done.

    Attributes:
        rows, tokens: Done so far.
        all_rows, all_tokens: How many there are; of tokens, how many are expected by now.
        shown: What is called after every count.
    """

    def __init__(self, rows: int, tokens: float, *shown: Callable[[Tally], None]) -> None:
        self.rows, self.all_rows = 0, rows
        self.tokens, self.all_tokens = 0, tokens
        self.shown = [*shown]

    def add(self, rows: int = 0, tokens: int = 0) -> None:
        """Count what has just been done."""
        self.rows += rows
        self.tokens += tokens
        for show in self.shown:
            show(self)

    def skip(self, rows: int, tokens: float) -> None:
        """Leave out what was done before: it takes no time."""
        self.all_tokens -= tokens
        self.add(rows)

    @property
    def said(self) -> str:
        """Such as `12/150 rows, 3,410 tokens`."""
        return f"{self.rows:,}/{self.all_rows:,} rows, {self.tokens:,} tokens"

    def left(self, seconds: float) -> float:
        """Seconds that the rest takes, if what is done took `seconds`."""
        return seconds / max(1, self.tokens) * max(0.0, self.all_tokens - self.tokens)


class Silent:
    """Shows nothing: for library use and tests."""

    def say(self, message: str) -> None:
        """Drop the message."""

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Yield `items` unchanged."""
        yield from items

    @contextlib.contextmanager
    def tally(self, title: str, rows: int, tokens: float) -> Iterator[Tally]:
        """Count, and show nothing."""
        yield Tally(rows, tokens)


class Lines:
    """Plain lines, at most one every two seconds: for logs and pipes."""

    interval = 2.0

    def say(self, message: str) -> None:
        """Print the message."""
        print(message, file=sys.stderr, flush=True)  # noqa: T201

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Yield `items`, printing `title: done/total, time left` every two seconds.

        Without a total it prints the number done and the time since the start.
        """
        began = last = time.monotonic()
        for done, item in enumerate(items):
            now = time.monotonic()
            if now - last >= self.interval:
                last = now
                if total is None:
                    self.say(f"  {title}: {done:,} in {clock(now - began)}")
                else:
                    left = clock((now - began) / done * (total - done)) if done else "?"
                    self.say(f"  {title}: {done}/{total}, {left} left")
            yield item

    @contextlib.contextmanager
    def tally(self, title: str, rows: int, tokens: float) -> Iterator[Tally]:
        """Print `title: done/rows, tokens, time left` every two seconds."""
        began = last = time.monotonic()

        def show(done: Tally) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= self.interval:
                last = now
                self.say(f"  {title}: {done.said}, {clock(done.left(now - began))} left")

        yield Tally(rows, tokens, show)


def clock(seconds: float) -> str:
    """A time as minutes and seconds, such as `1:05`, with hours where there are some."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Titled:
    """Progress of one piece of work among several: its title stands before every other.

    Args:
        shown: Where it is shown.
        title: Such as `lora, rate 2 of 3`.
    """

    def __init__(self, shown: Progress, title: str) -> None:
        self._shown, self._title = shown, title

    def say(self, message: str) -> None:
        """Pass the message on."""
        self._shown.say(message)

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Yield `items` under both titles."""
        return self._shown.over(items, f"{self._title}: {title}", total)

    def tally(self, title: str, rows: int, tokens: float) -> AbstractContextManager[Tally]:
        """Count under both titles."""
        return self._shown.tally(f"{self._title}: {title}", rows, tokens)


class Quiet(Titled):
    """The same without messages: what they would say was said before."""

    def say(self, message: str) -> None:
        """Drop the message."""


class Cell(Lines):
    """Plain lines in the output of a notebook's cell, where standard error is shown in red."""

    def say(self, message: str) -> None:
        """Print the message."""
        print(message, flush=True)  # noqa: T201


class Bars:
    """Rich progress bars for a person at a terminal or in a notebook."""

    @functools.cached_property
    def _console(self) -> Console:
        from rich.console import Console

        return Console(stderr=True, highlight=False, markup=False)

    def say(self, message: str) -> None:
        """Print the message above any bar."""
        self._console.print(message)

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Yield `items` behind a bar that disappears when they are done.

        Without a total the bar moves to and fro, with the number done and the time since its start.
        """
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            SpinnerColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as RichProgress

        left = TimeRemainingColumn() if total is not None else TimeElapsedColumn()
        columns = (SpinnerColumn(), "{task.description}", BarColumn(), MofNCompleteColumn(), left)
        with RichProgress(*columns, console=self._console, transient=True) as bar:
            yield from bar.track(items, total=total, description=escaped(title))

    @contextlib.contextmanager
    def tally(self, title: str, rows: int, tokens: float) -> Iterator[Tally]:
        """Count behind a bar that disappears at the end of the block."""
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(),
            TextColumn("{task.fields[said]}"), TimeRemainingColumn(),
        )  # fmt: skip
        with RichProgress(*columns, console=self._console, transient=True) as bar:
            task = bar.add_task(escaped(title), total=tokens, said="")

            def show(done: Tally) -> None:
                bar.update(task, completed=done.tokens, total=done.all_tokens, said=done.said)

            yield Tally(rows, tokens, show)


def escaped(title: str) -> str:
    """A title whose brackets are no markup of Rich."""
    return title.replace("[", r"\[")


def for_terminal() -> Progress:
    """Bars on a terminal, plain lines elsewhere."""
    return Bars() if sys.stderr.isatty() and not settings().plain else Lines()


def for_library() -> Progress:
    """Bars or lines in a notebook, as on a terminal at a prompt of Python, else silence."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if hasattr(shell, "kernel"):
        # Without ipywidgets Rich warns at every bar and shows none.
        widgets = importlib.util.find_spec("ipywidgets") is not None
        return Bars() if widgets and not settings().plain else Cell()
    interactive = shell is not None or hasattr(sys, "ps1")
    return for_terminal() if interactive else Silent()
