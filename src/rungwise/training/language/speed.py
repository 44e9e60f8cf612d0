"""How fast a language model reads and writes here, measured on a few prompts."""

from __future__ import annotations

import contextlib
import itertools
import statistics
import time
from collections.abc import Iterator, Sequence

from rungwise.models.language import decoding
from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Silent, Tally

ROWS = 16
WRITTEN = 6
"""Tokens that are written to each."""
LONGEST = 512
"""Tokens of a prompt that are read."""
SLOW = 1.0
"""Seconds for one token of one prompt from which fewer rows tell enough."""


class Clock(Silent):
    """Keeps the time at which each pass through the network has ended."""

    def __init__(self) -> None:
        self.times: list[float] = []

    @contextlib.contextmanager
    def tally(self, title: str, rows: int, tokens: float) -> Iterator[Tally]:
        """Count, and keep the time of every count."""
        yield Tally(rows, tokens, lambda _: self.times.append(time.perf_counter()))


def measure(
    model: LocalLanguageModel, prompts: Sequence[Sequence[int]]
) -> tuple[float, float, float]:
    """Tokens read and written a second, and seconds of a pass that writes one token to one row.

    A pass reads all weights, however few tokens go through it; the two rates count what each token
    costs beside that.

    Args:
        model: What is asked; its weights are loaded.
        prompts: Token ids of prompts such as those that it will be asked.
    """
    some = [list(prompt[:LONGEST]) for prompt in prompts[:ROWS]]
    _passes(model, some[:1])  # the first pass wakes what had gone to sleep
    first, step = _passes(model, some[:1])
    if first > SLOW:
        some = some[:2]
    reading, together = _passes(model, some)
    read = sum(map(len, some)) - (len(some) - 1) * decoding.shared_prefix(some)
    rate = read / max(reading - step, reading / 2)
    row = max(together - step, 0.0) / max(1, len(some) - 1)
    return rate, 1 / max(row, 1e-6), step


def _passes(model: LocalLanguageModel, prompts: list[list[int]]) -> tuple[float, float]:
    """Seconds in which prompts are read, and the median of those in which a token is written."""
    clock, began = Clock(), time.perf_counter()
    decoding.answer(model.network, prompts, 1 + WRITTEN, frozenset(), clock)
    ends = clock.times[-2 - WRITTEN : -1]  # one a pass, behind those of layers, before the end
    steps = [later - one for one, later in itertools.pairwise(ends)]
    return max(ends[0] - began, 1e-6), max(statistics.median(steps), 1e-6)
