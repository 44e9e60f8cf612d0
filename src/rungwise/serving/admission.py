"""Admission at the door: a request that cannot be answered in time is refused before it queues.

A batch of n tokens takes about a·n + b seconds. Both are fitted by least squares while the server
runs, with weights that halve every 35 batches or so, so that they follow a machine that slows down.
"""

from __future__ import annotations

import heapq
import math
import time
from dataclasses import dataclass

from rungwise.serving.batching import BUDGET, Batch, Batches

DECAY = 0.98
"""Weight of a batch relative to the one after it."""
LATE = 0.01
"""Share of the answers that may come after the deadline."""
STEP = 0.1
"""By how much of the deadline an answer that comes too late raises the margin."""
MOST = 0.8
"""The margin at most, as a share of the deadline: something is always let in."""


@dataclass(slots=True)
class Cost:
    """Seconds of a batch as a·tokens + b, neither below zero."""

    _weight: float = 0.0
    _tokens: float = 0.0
    _squares: float = 0.0
    _seconds: float = 0.0
    _products: float = 0.0

    def add(self, batch: Batch) -> None:
        """Learn from a batch."""
        n, y = batch.tokens, batch.seconds
        self._weight = DECAY * self._weight + 1
        self._tokens = DECAY * self._tokens + n
        self._squares = DECAY * self._squares + n * n
        self._seconds = DECAY * self._seconds + y
        self._products = DECAY * self._products + n * y

    @property
    def line(self) -> tuple[float, float]:
        """Seconds a token, and seconds a batch; zero before the first batch."""
        if not self._weight:
            return 0.0, 0.0
        tokens, seconds = self._tokens / self._weight, self._seconds / self._weight
        variance = self._squares / self._weight - tokens * tokens
        covariance = self._products / self._weight - tokens * seconds
        # Batches of one size tell no line: all of it is put on the tokens.
        a = covariance / variance if variance > 1e-6 * tokens * tokens else seconds / tokens
        a = min(max(a, 0.0), seconds / tokens)
        return a, max(seconds - a * tokens, 0.0)

    def seconds(self, tokens: int) -> float:
        """What so many tokens take, in batches of the budget."""
        a, b = self.line
        return a * tokens + b * math.ceil(tokens / BUDGET)


@dataclass(slots=True)
class Margin:
    """Share of the deadline that admission keeps free, so that few answers come after it.

    The fitted line says how long a batch takes on average, and the slowest take longer. The margin
    follows what came too late: up by `STEP` for each, down by so much less for each other that it
    rests where `LATE` of them do (Gibbs and Candès 2021, "Adaptive Conformal Inference").
    """

    share: float = 0.0

    def add(self, *, late: bool) -> None:
        """Learn from an answer."""
        self.share = min(MOST, max(0.0, self.share + STEP * (late - LATE)))

    def within(self, deadline: float) -> float:
        """The seconds in which a request must be answerable to be let in."""
        return deadline * (1 - self.share)


def wait(cost: Cost, batches: Batches, tokens: int) -> float:
    """Seconds until a request of so many tokens would be answered, if it came in now.

    Batch after batch goes to the thread that is free first, as `Batches` hands them out.
    """
    now, full = time.perf_counter(), cost.seconds(BUDGET)
    left = [
        max(0.0, cost.seconds(size) - (now - since)) for size, since in batches.running.values()
    ]
    free = [*left, *[0.0] * (batches.threads - len(left))]
    heapq.heapify(free)
    rest, ended = batches.tokens + tokens, 0.0
    rounds = max(0, rest // (batches.threads * BUDGET) - 1)  # of a long queue, not one by one
    rest -= rounds * batches.threads * BUDGET
    free = [seconds + rounds * full for seconds in free]
    while rest > 0:
        ended = heapq.heappop(free) + cost.seconds(min(rest, BUDGET))
        heapq.heappush(free, ended)
        rest -= BUDGET
    return ended


def retry_after(cost: Cost, batches: Batches, tokens: int, deadline: float) -> int | None:
    """Whole seconds after which a request can be met; None if it can be met now.

    A row makes the batch longer for those that wait for it already, so the one that has waited
    longest must be met too. An idle thread takes any request: otherwise one slow batch could refuse
    everything for ever, and nothing would be learnt from which to see that it is fast again.
    """
    if not batches.tokens and len(batches.running) < batches.threads:
        return None
    seconds = wait(cost, batches, tokens)
    if (since := batches.beside(tokens)) is not None:
        seconds += time.perf_counter() - since
    if seconds <= deadline:
        return None
    own = cost.seconds(tokens) / batches.threads
    return max(1, math.ceil(seconds - max(deadline, own)))
