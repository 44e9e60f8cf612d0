"""Requests for text in front of a model that writes it, in batches without a timer.

Whenever the model is free it takes what waits, up to what it best answers in one call, and each
request is told its text as it is written. A batch ends with its longest answer; rows of clients
that left end at the next token. Behind an endpoint every row is a call of its own.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rungwise.errors import RungwiseError

if TYPE_CHECKING:
    from rungwise.conversation import Draft, Generated
    from rungwise.protocols import Writer

THREADS = 32
"""Calls at once at most, of all models together."""
DECAY = 0.9
"""Weight of a call relative to the one after it, in the mean seconds of a call."""


@dataclass(slots=True, eq=False)
class Row:
    """A text that is asked for.

    Attributes:
        model: The release that was live when the request came in.
        value: The input, as `Writer.write` takes it.
        longest: Tokens of the answer at most.
        stops: Texts at which the answer ends, without them.
        tell: Called on the event loop with the text so far; None if nobody reads it.
        gone: Whether nobody waits any more.
    """

    model: Writer
    value: str
    longest: int
    stops: tuple[str, ...] = ()
    tell: Callable[[str], None] | None = None
    gone: bool = False
    done: asyncio.Future[Generated] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def goes_on(self, draft: Draft, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether more is to be written; called in the thread of the model."""
        if self.gone or draft.tokens >= self.longest:
            return False
        if self.stops or self.tell:
            text = draft.read()
            whole, stopped = until_stop(text, self.stops)
            if self.tell:
                loop.call_soon_threadsafe(self.tell, whole if stopped else held(text, self.stops))
            return not stopped
        return True


@dataclass(slots=True)
class Writing:
    """The queue, and the threads in which models write.

    Attributes:
        watch: Called after each call with its rows and seconds.
        seconds: Mean seconds of a call, the latest ones weighing most; 0 before the first.
    """

    watch: Callable[[int, float], None] = lambda rows, seconds: None
    seconds: float = 0.0
    _waiting: deque[Row] = field(default_factory=deque)
    _running: dict[asyncio.Task[None], tuple[Writer, float]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="writing")
    )

    @property
    def rows(self) -> int:
        """Rows that wait."""
        return sum(not row.gone for row in self._waiting)

    def ask(self, row: Row) -> None:
        """Let a row wait for its turn; `row.done` gets the answer."""
        self._waiting.append(row)
        self._changed.set()

    def wait(self, model: Writer, rows: int) -> float:
        """Seconds until so many more rows would be answered; 0 while nothing is running."""
        since = [start for who, start in self._running.values() if who is model]
        if not since and not self._waiting:
            return 0.0
        left = max(0.0, self.seconds - (time.perf_counter() - min(since, default=0.0)))
        calls = math.ceil((self.rows + rows) / model.together)
        busy = left if len(since) >= model.concurrency else 0.0
        return busy + self.seconds * math.ceil(calls / model.concurrency)

    async def work(self) -> None:
        """Answer until cancelled."""
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                while batch := self._next():
                    task = asyncio.create_task(self._write(batch))
                    self._running[task] = (batch[0].model, time.perf_counter())
                    task.add_done_callback(self._ended)
        finally:
            for task in self._running:
                task.cancel()
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._changed.set()

    def _next(self) -> list[Row]:
        """The oldest rows, of one release; none while their model is busy."""
        while self._waiting and self._waiting[0].gone:
            self._waiting.popleft()
        if not self._waiting:
            return []
        model = self._waiting[0].model
        if sum(who is model for who, _ in self._running.values()) >= model.concurrency:
            return []
        batch: list[Row] = []
        while self._waiting and self._waiting[0].model is model and len(batch) < model.together:
            row = self._waiting.popleft()
            if not row.gone:
                batch.append(row)
        return batch

    async def _write(self, batch: list[Row]) -> None:
        start = time.perf_counter()
        try:
            answers = await self._call(batch)
        except RungwiseError as error:
            if len(batch) > 1:  # one of them cannot be answered: the others are
                for row in batch:
                    if not row.gone:
                        await self._write([row])
            else:
                _fail(batch, error)
            return
        except Exception as error:  # noqa: BLE001 - every request of the batch is told
            _fail(batch, error)
            return
        for row, answer in zip(batch, answers, strict=True):
            if not row.done.done():
                text, stopped = until_stop(answer.text, row.stops)
                row.done.set_result(
                    replace(answer, text=text, ended="stop" if stopped else answer.ended)
                )
        seconds = time.perf_counter() - start
        weight = DECAY if self.seconds else 0.0
        self.seconds = weight * self.seconds + (1 - weight) * seconds
        self.watch(len(batch), seconds)

    async def _call(self, batch: list[Row]) -> list[Generated]:
        loop = asyncio.get_running_loop()
        values, longest = [row.value for row in batch], max(row.longest for row in batch)

        def goes_on(place: int, draft: Draft) -> bool:
            return batch[place].goes_on(draft, loop)

        write = batch[0].model.write
        return await loop.run_in_executor(self._threads, write, values, longest, goes_on)


def _fail(batch: list[Row], error: Exception) -> None:
    for row in batch:
        if not row.done.done():
            row.done.set_exception(error)


def until_stop(text: str, stops: tuple[str, ...]) -> tuple[str, bool]:
    """The text before the first of the texts that end it, and whether there is one."""
    ends = [end for stop in stops if (end := text.find(stop)) >= 0]
    return (text[: min(ends)], True) if ends else (text, False)


def held(text: str, stops: tuple[str, ...]) -> str:
    """The text without what may be the beginning of one of the texts that end it."""
    for size in range(min(len(text), max(map(len, stops), default=1) - 1), 0, -1):
        if any(stop.startswith(text[-size:]) for stop in stops if len(stop) > size):
            return text[:-size]
    return text
