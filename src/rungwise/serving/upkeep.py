"""What a server looks after beside its requests: the champion on record, and its sample."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rungwise.serving.problem import Problem

if TYPE_CHECKING:
    from rungwise.serving.service import Service

log = logging.getLogger("rungwise.serving")

PAUSE = 0.5
"""Seconds between two looks."""
AGAIN = 60.0
"""Seconds until a release that could not be served is tried again."""


@dataclass(slots=True)
class Upkeep:
    """Looks after a server until it is cancelled; each look is in a thread of its own.

    Args:
        champion: The version in production if that has changed since it was last asked, else None;
            None if the server answers with one release whatever is decided.
        alert: Raises an alarm of a kind, about a subject, in a sentence.
        pause: Seconds between two looks.
    """

    champion: Callable[[], str | None] | None = None
    alert: Callable[[str, str, str], None] | None = None
    pause: float = PAUSE
    _wanted: str | None = None
    _due: float = 0.0
    _failures: int = 0

    async def look(self, service: Service) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(self.pause)
            try:
                await self._follow(service)
                await self._watch_sample(service)
            except Exception as error:  # noqa: BLE001 - requests are answered all the same
                log.error("The server could not look after itself: %s", error)

    async def _follow(self, service: Service) -> None:
        """Answer with the champion, if another release is in production now."""
        if self.champion is None:
            return
        if decided := await asyncio.to_thread(self.champion):
            self._wanted, self._due = decided, 0.0
        if self._wanted is None or time.monotonic() < self._due:
            return
        version = self._wanted
        try:
            await service.versions.change(version, "stage")
        except Problem as problem:
            self._due = time.monotonic() + AGAIN
            live = service.versions.live.version
            await self._alert("serving", *not_served(version, live))
            log.error("%s", problem.detail)
            return
        self._wanted = None

    async def _watch_sample(self, service: Service) -> None:
        """Alert once a day if the sample is not complete."""
        if service.sample is None:
            return
        counts = service.sample.counts
        troubles = counts.failures + counts.lost
        if troubles > self._failures:
            self._failures = troubles
            day = time.strftime("%Y-%m-%d", time.gmtime())
            why = counts.last or "more requests came than it could take"
            await self._alert(
                "sample",
                day,
                f"The sample of production is not complete: {why}. {counts.lost:,} of "
                f"{counts.offered:,} requests are lost to it; answers do not suffer.",
            )

    async def _alert(self, kind: str, subject: str, sentence: str) -> None:
        log.error("%s", sentence)
        if self.alert is not None:
            await asyncio.to_thread(self.alert, kind, subject, sentence)


def not_served(wanted: str, live: str) -> tuple[str, str]:
    """Subject and sentence of the alarm about a release that should answer and cannot."""
    return f"{wanted} instead of {live}", (
        f"{wanted} should answer and its files are missing or not those on record, so {live} "
        "answers; the log of the server says more."
    )
