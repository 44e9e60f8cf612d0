"""Which release answers now, and changing it without a failed or a mixed answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rungwise.errors import RungwiseError
from rungwise.release.version import is_version
from rungwise.serving.problem import Problem

if TYPE_CHECKING:
    from rungwise.protocols import Served

log = logging.getLogger("rungwise.serving")

Find = Callable[[str], "Served"]
"""Opens, checks and warms a version."""


@dataclass(frozen=True, slots=True)
class Swap:
    """A release became live.

    Attributes:
        model: The release.
        before: The version that was live before; "" at the start.
        why: `start`, `stage` (the ledger says what is in production), `admin` or `rollback`.
    """

    model: Served
    before: str
    why: str


@dataclass(slots=True)
class Versions:
    """The live release and the one before it, which stays loaded for a rollback.

    A request keeps the release that was live when it came in until all of its rows are answered.

    Attributes:
        live: What answers.
        find: Opens, checks and warms a version.
        previous: What a rollback makes live.
        record: Told of each release that becomes live.
        swaps: How often one did since the start.
    """

    live: Served
    find: Find
    previous: Served | None = None
    record: Callable[[Swap], None] = lambda swap: None
    swaps: int = 0
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.record(Swap(self.live, "", "start"))

    async def change(self, version: str, why: str = "admin") -> Served:
        """Make another version live; the old one answers until the new one is warm.

        Raises:
            Problem: There is no such version, it cannot be served, or a change is in progress.
        """
        if not is_version(version):
            raise Problem(400, "`release` is not a version. Write it as v1.0.", "release")
        async with self._alone():
            if version == self.live.version:
                return self.live
            if self.previous and version == self.previous.version:
                self._exchange(self.previous, why)
                return self.live
            try:
                found = await asyncio.to_thread(self.find, version)
            except RungwiseError as error:
                log.error("Release %s cannot be served: %s", version, error)
                message = (
                    f"Release {version} cannot be served: there is none, or its files are not "
                    f"those on record. {self.live.version} stays live; the log says more."
                )
                raise Problem(409, message, "release") from error
            self._exchange(found, why)
            return self.live

    async def rollback(self) -> Served:
        """Make the release before this one live again.

        Raises:
            Problem: There was none, or a change is in progress.
        """
        async with self._alone():
            if not self.previous:
                raise Problem(409, f"No release was live before {self.live.version}.")
            self._exchange(self.previous, "rollback")
            return self.live

    def _exchange(self, model: Served, why: str) -> None:
        self.live, self.previous = model, self.live
        self.swaps += 1
        self.record(Swap(model, self.previous.version, why))
        log.warning("Release %s is live, after %s", model.version, self.previous.version)

    def _alone(self) -> asyncio.Lock:
        if self._changing.locked():
            raise Problem(409, "Another change of release is in progress. Try again when it ended.")
        return self._changing
