"""Answers that a person sees while a rung is measured (`--show`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import polars as pl

from rungwise.progress import Progress

WIDTH = 100
"""Characters of an input or an answer that are shown."""


@runtime_checkable
class Shows(Protocol):
    """Something fitted that hands out its answers as they come."""

    shown: Callable[[int, str], None] | None


class Shown:
    """Shows the first few answers of an attempt, each beside what was asked and expected.

    Args:
        rows: The measured rows: `input`, `expected`.
        most: How many answers are shown.
        progress: Where to.
    """

    def __init__(self, rows: pl.DataFrame, most: int, progress: Progress) -> None:
        self._inputs, self._expected = rows["input"], rows["expected"]
        self._left, self._progress = most, progress

    def __call__(self, place: int, text: str) -> None:
        """Show one answer, by the place of its row."""
        if self._left > 0:
            self._left -= 1
            asked, expected = self._inputs[place], str(self._expected[place])
            told = "as expected" if text.strip() == expected.strip() else f"not {_short(expected)}"
            self._progress.say(f"    {_short(asked)} → {_short(text)}, {told}")


def _short(text: str) -> str:
    """One line of a text, its end left out where it is long."""
    line = " ".join(text.split())
    return f"“{line if len(line) <= WIDTH else line[: WIDTH - 1] + '…'}”"
