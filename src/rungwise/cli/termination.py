"""A terminated command ends as one that is interrupted: what was done is kept, and said."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What a job scheduler sends, and what a lost connection does."""


class Terminated(KeyboardInterrupt):
    """The process was asked to end; everything that cleans up after Ctrl-C does so now too."""


class Ending:
    """How a command was ended from outside.

    Attributes:
        signal: The last signal that ended it: Ctrl-C unless another came.
    """

    signal: int = signal.SIGINT

    @property
    def exit_code(self) -> int:
        """As shells have it: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + self.signal


@contextlib.contextmanager
def terminable() -> Iterator[Ending]:
    """Raise `Terminated` where a signal asks the process to end, while the block lasts.

    A signal that is ignored, as under `nohup`, stays ignored.
    """
    ending, before = Ending(), {}

    def end(number: int, _: FrameType | None) -> None:
        ending.signal = number
        raise Terminated

    main = threading.current_thread() is threading.main_thread()  # others may set no handler
    for one in SIGNALS if main else ():
        if signal.getsignal(one) == signal.SIG_DFL:
            before[one] = signal.signal(one, end)
    try:
        yield ending
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
