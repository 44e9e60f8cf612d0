"""Many rows at once, with threads that stop when one fails or the user presses Ctrl-C."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from rungwise.models.endpoint.pace import Stopped

Row = TypeVar("Row")
Result = TypeVar("Result")

NAME = "rungwise-endpoint"
"""Of every thread that asks."""
GRACE_S = 5.0
"""How long what is under way may still take after Ctrl-C; its answers are paid for."""


def finished(
    rows: Sequence[Row], work: Callable[[Row], Result], threads: int, stop: threading.Event
) -> Generator[tuple[Row, Result], None, None]:
    """Yield each row with its result as soon as it is done, in whatever order that is.

    Where one fails, no further row begins, what is under way is yielded, and the first failure
    is raised at the end. `stop` is set in any case when this ends.
    """
    waiting: queue.SimpleQueue[Row] = queue.SimpleQueue()
    for row in rows:
        waiting.put(row)
    done: queue.SimpleQueue[tuple[Row, Result] | BaseException | None] = queue.SimpleQueue()

    def labour() -> None:
        try:
            while not stop.is_set():
                row = waiting.get_nowait()
                done.put((row, work(row)))
        except (queue.Empty, Stopped):
            pass
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that asked
            stop.set()
            done.put(error)
        finally:
            done.put(None)

    # Daemons: an answer that never comes must not keep the process from ending.
    crew = [
        threading.Thread(target=labour, name=NAME, daemon=True)
        for _ in range(min(threads, len(rows)))
    ]
    failure: BaseException | None = None
    try:
        for thread in crew:
            thread.start()
        at_work = len(crew)
        while at_work:
            one = done.get()
            if one is None:
                at_work -= 1
            elif isinstance(one, BaseException):
                failure = failure or one
            else:
                yield one
    finally:
        stop.set()
        deadline = time.monotonic() + GRACE_S
        for thread in crew:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
    if failure is not None:
        raise failure
