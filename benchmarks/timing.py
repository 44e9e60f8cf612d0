"""Running ours and the peer in turns, so that what else the machine does hits both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timed:
    """Median seconds, and the quality that the last repeat had."""

    seconds: float
    quality: float


def alternate(
    ours: Callable[[], float], peer: Callable[[], float], repeats: int
) -> tuple[Timed, Timed]:
    """Call both in turns; each returns the quality of what it made."""
    seconds: tuple[list[float], list[float]] = ([], [])
    quality = [0.0, 0.0]
    for _ in range(repeats):
        for place, contestant in enumerate((ours, peer)):
            started = time.perf_counter()
            quality[place] = contestant()
            seconds[place].append(time.perf_counter() - started)
    return (
        Timed(statistics.median(seconds[0]), quality[0]),
        Timed(statistics.median(seconds[1]), quality[1]),
    )
