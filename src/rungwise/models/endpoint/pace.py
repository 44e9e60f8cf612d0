"""When the next request may leave: so many a minute, and none while the server asks to wait."""

from __future__ import annotations

import threading
import time


class Stopped(Exception):
    """The work was given up elsewhere; nothing is to be reported here."""


class Pace:
    """One clock for all threads.

    Args:
        per_minute: Requests a minute, evenly spaced; None for no bound.
        stop: Set when the work is given up: whoever waits then gets `Stopped`.
    """

    def __init__(self, per_minute: float | None, stop: threading.Event) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._free = 0.0
        self._silent_until = 0.0
        self._stop = stop
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when a request may leave.

        Raises:
            Stopped: The work was given up.
        """
        delay = 0.0
        while True:
            self.sleep(delay)
            with self._lock:
                now = time.monotonic()
                delay = max(self._free, self._silent_until) - now
                if delay <= 0:
                    self._free = now + self._gap
                    return

    def silence(self, seconds: float) -> None:
        """Let nobody send for so long: the server asked for it."""
        with self._lock:
            self._silent_until = max(self._silent_until, time.monotonic() + seconds)

    def sleep(self, seconds: float) -> None:
        """Wait, unless the work is given up.

        Raises:
            Stopped: It was.
        """
        if self._stop.wait(seconds):
            raise Stopped
