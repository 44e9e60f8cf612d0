"""Batches without a timer: whenever a thread of the model is free it takes the next one.

A timer makes requests wait even if the model is idle. Here a batch is what has arrived while the
one before was computed, up to a budget of tokens; rows are sorted by length over a window of four
budgets, so that little is computed on padding, and the batch with the oldest row goes first.

Each batch is computed by one thread, and as many batches side by side as there are threads: two
cores that share one forward pass wait for each other (`benchmarks/serving`).
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from rungwise.decision_rule import Decided, gathered
from rungwise.training.batches import by_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rungwise.protocols import Served

BUDGET = 256
"""Tokens of a batch, padding included: larger ones bring no more (`benchmarks/serving`), and others
wait for them."""
NICE = 4
"""By how much threads of the model give way."""
WINDOW = 4
"""Budgets of rows that are sorted by length together."""


def _yields() -> None:
    """Let the event loop go first: it is idle but for moments, and everybody waits for it then."""
    if sys.platform == "linux":  # where a priority is a thread's own
        os.nice(NICE)


@dataclass(slots=True, eq=False)
class Asked:
    """A request that waits.

    Attributes:
        model: The release that was live when it came in; answers all of its rows.
        texts: Its rows.
        sizes: Tokens of each row (rows).
        rows: The batch that answered each row, and its place there; None until it is done.
        done: Set when all rows are.
        left: Rows that are not done.
        since: When it came in.
    """

    model: Served
    texts: Sequence[str]
    sizes: NDArray[np.int64]
    rows: list[tuple[Decided, int] | None]
    done: asyncio.Future[None]
    left: int
    since: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True, slots=True)
class Batch:
    """What was computed in one go: rows, tokens without padding, and seconds."""

    rows: int
    tokens: int
    seconds: float


@dataclass(slots=True)
class Batches:
    """The queue in front of the model, and the threads that compute.

    Attributes:
        threads: Batches that are computed side by side.
        watch: Called after each batch.
        rows, tokens: What waits; rows of requests that were given up count until they are met.
        running: Of each thread that computes: its tokens, and since when.
    """

    threads: int = 1
    watch: Callable[[Batch], None] = lambda batch: None
    rows: int = 0
    tokens: int = 0
    running: dict[int, tuple[int, float]] = field(default_factory=dict)
    _waiting: deque[tuple[Asked, int]] = field(default_factory=deque)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(
        self, model: Served, texts: Sequence[str], sizes: NDArray[np.int64]
    ) -> Coroutine[None, None, Decided]:
        """Put rows into the queue; what is returned waits for the answers to all of them.

        They count from now on, so that the next request is let in or refused with them. If the wait
        is cancelled, they are not computed.
        """
        done = asyncio.get_running_loop().create_future()
        asked = Asked(model, texts, sizes, [None] * len(texts), done, len(texts))
        self._waiting.extend((asked, row) for row in range(len(texts)))
        self.rows += len(texts)
        self.tokens += int(sizes.sum())
        self._arrived.set()

        async def answered() -> Decided:
            await done
            return gathered([row for row in asked.rows if row is not None])

        return answered()

    def beside(self, tokens: int) -> float | None:
        """Since when the oldest row waits that would share a batch with so many tokens more."""
        oldest, size = None, tokens
        for asked, row in reversed(self._waiting):
            size += int(asked.sizes[row])
            if size > BUDGET:
                break
            oldest = asked.since
        return oldest

    async def work(self) -> None:
        """Compute batches until cancelled."""
        pool = ThreadPoolExecutor(self.threads, "model", initializer=_yields)
        try:
            await asyncio.gather(*(self._take(thread, pool) for thread in range(self.threads)))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    async def _take(self, thread: int, pool: ThreadPoolExecutor) -> None:
        while True:
            await self._arrived.wait()
            if batch := self._next():
                await self._compute(batch, thread, pool)
            else:
                self._arrived.clear()

    def _next(self) -> list[tuple[Asked, int]]:
        """Of the oldest rows, the batch with the oldest; rows of clients that left are dropped."""
        window: list[tuple[Asked, int]] = []
        tokens = 0
        while self._waiting and tokens < WINDOW * BUDGET:
            asked, row = self._waiting[0]
            if window and asked.model is not window[0][0].model:
                break  # one version a batch
            self._waiting.popleft()
            if asked.done.done():
                self._leave(asked, row)
            else:
                window.append((asked, row))
                tokens += int(asked.sizes[row])
        if not window:
            return []
        sizes = np.array([asked.sizes[row] for asked, row in window], np.int64)
        chosen = next(places for places in by_length(sizes, BUDGET) if 0 in places)
        taken = set(chosen.tolist())
        later = [item for place, item in enumerate(window) if place not in taken]
        self._waiting.extendleft(reversed(later))
        batch = [window[place] for place in chosen]
        for asked, row in batch:
            self._leave(asked, row)
        return batch

    def _leave(self, asked: Asked, row: int) -> None:
        self.rows -= 1
        self.tokens -= int(asked.sizes[row])

    async def _compute(
        self, batch: list[tuple[Asked, int]], thread: int, pool: ThreadPoolExecutor
    ) -> None:
        model = batch[0][0].model
        texts = [asked.texts[row] for asked, row in batch]
        tokens = sum(int(asked.sizes[row]) for asked, row in batch)
        start = time.perf_counter()
        self.running[thread] = tokens, start
        loop = asyncio.get_running_loop()
        try:
            decided = await loop.run_in_executor(pool, model.decide, texts)
        except Exception as error:  # noqa: BLE001 - every request of the batch is told
            for asked, _ in batch:
                if not asked.done.done():
                    asked.done.set_exception(error)
            return
        finally:
            del self.running[thread]
        for place, (asked, row) in enumerate(batch):
            asked.rows[row] = decided, place
            asked.left -= 1
            if not asked.left and not asked.done.done():
                asked.done.set_result(None)
        self.watch(Batch(len(batch), tokens, time.perf_counter() - start))
