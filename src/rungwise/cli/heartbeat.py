"""A sign of life: work that shows nothing for a while says every few seconds what it is at."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator

import typer

from rungwise.cli import output
from rungwise.progress import Bars, Item, Progress, Tally, clock

INTERVAL = 10.0
"""Seconds without a word before the first sign, and between two."""
_asking = threading.Event()


@contextlib.contextmanager
def asking() -> Iterator[None]:
    """No sign of life while a person is asked: it would stand in the question.

    What ends the question is said below it, not behind it.
    """
    _asking.set()
    try:
        yield
    except (KeyboardInterrupt, typer.Abort):
        typer.echo(err=True)
        raise
    finally:
        _asking.clear()


class Heartbeat:
    """Progress as a terminal shows it, with a sign of life where nothing else is shown.

    Args:
        shown: Where progress goes.
        title: What is done as a whole, such as `rungwise audit`.
        interval: Seconds between two signs.
    """

    def __init__(self, shown: Progress, title: str, interval: float = INTERVAL) -> None:
        self._shown, self._whole, self._interval = shown, title, interval
        self._title, self._began = title, time.monotonic()
        self._last, self._bars = self._began, 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="rungwise-heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def say(self, message: str) -> None:
        """Pass the message on; one that ends in an ellipsis names what follows."""
        self._at(message.strip(" …") if message.endswith("…") else self._whole)
        self._shown.say(output.in_folder(message))

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Yield `items` as they are shown; a bar is a sign of life by itself."""
        before, is_bar = self._title, isinstance(self._shown, Bars)
        self._at(title)
        self._bars += is_bar
        try:
            for item in self._shown.over(items, output.in_folder(title), total):
                self._last = time.monotonic()
                yield item
        finally:
            self._bars -= is_bar
            self._at(before)

    @contextlib.contextmanager
    def tally(self, title: str, rows: int, tokens: float) -> Iterator[Tally]:
        """Count as it is shown; between two counts of a long step there are signs of life."""
        before, is_bar = self._title, isinstance(self._shown, Bars)
        self._at(title)
        self._bars += is_bar
        try:
            with self._shown.tally(title, rows, tokens) as done:
                done.shown.append(self._counted)
                yield done
        finally:
            self._bars -= is_bar
            self._at(before)

    def _counted(self, _: Tally) -> None:
        self._last = time.monotonic()

    def _at(self, title: str) -> None:
        self._title, self._began = title, time.monotonic()
        self._last = self._began

    def _beat(self) -> None:
        while not self._end.wait(self._interval / 4):
            now = time.monotonic()
            if now - self._last >= self._interval and not self._bars and not _asking.is_set():
                self._last = now
                self._shown.say(f"  {self._title}: still at it, {clock(now - self._began)}")
