"""What a piece of work costs on this machine: wall seconds and resident memory."""

from __future__ import annotations

import threading
import time
from types import TracebackType

import psutil

INTERVAL = 0.02
"""Seconds between samples; an allocation that lives shorter may be missed."""


class Meter:
    """Measures the block it encloses: `with Meter() as meter: …`.

    Attributes:
        seconds: Wall time; grows until the block ends.
        peak_mb: Highest resident memory of this process seen meanwhile, in MiB.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.peak_mb = 0.0
        self._process = psutil.Process()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="rungwise-meter", daemon=True)

    def __enter__(self) -> Meter:
        self._sample()
        self._thread.start()
        self._start = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.seconds = time.perf_counter() - self._start
        self._done.set()
        self._thread.join()
        self._sample()

    def _watch(self) -> None:
        while not self._done.wait(INTERVAL):
            self._sample()

    def _sample(self) -> None:
        self.peak_mb = max(self.peak_mb, self._process.memory_info().rss / 2**20)
