"""From texts to probabilities: limits, admission, the queue, and clients that leave."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NoReturn, TypeVar

import numpy as np

from rungwise.serving.admission import Cost, Margin, retry_after
from rungwise.serving.batching import Batch, Batches
from rungwise.serving.instruments import Instruments
from rungwise.serving.limits import Limits
from rungwise.serving.problem import Problem
from rungwise.serving.upkeep import Upkeep
from rungwise.serving.writing import Writing

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from starlette.requests import Request

    from rungwise.decision_rule import Decided
    from rungwise.protocols import Served
    from rungwise.sample.sampler import Sampler
    from rungwise.serving.api_keys import ApiKeys
    from rungwise.serving.versions import Versions

log = logging.getLogger("rungwise.serving")
Result = TypeVar("Result")

INLINE = 4_000
"""Characters whose tokens are counted on the event loop; longer texts would hold others up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers to the texts of a request, in order, and the one release they are of."""

    model: Served
    decided: Decided
    sizes: NDArray[np.int64]

    @property
    def tokens(self) -> int:
        """Tokens of all texts."""
        return int(self.sizes.sum())


@dataclass(slots=True)
class Service:
    """A release behind a queue.

    Attributes:
        versions: Which release is live.
        limits: What a request may ask for.
        keys: Who may ask; None lets everybody on this machine.
        sample: Keeps some requests; None keeps none.
        upkeep: What is looked after beside the requests.
        day: What the sample takes for today, to replay a quarter; None for the clock's.
        draining: True once the process was asked to end: what is in goes on, and `/health/ready`
            says that nothing more should be sent.
    """

    versions: Versions
    limits: Limits = field(default_factory=Limits)
    keys: ApiKeys | None = None
    sample: Sampler | None = None
    upkeep: Upkeep = field(default_factory=Upkeep)
    day: date | None = None
    draining: bool = False
    instruments: Instruments = field(default_factory=Instruments)
    cost: Cost = field(default_factory=Cost)
    margin: Margin = field(default_factory=Margin)
    batches: Batches = field(default_factory=Batches)
    writing: Writing = field(default_factory=Writing)

    def __post_init__(self) -> None:
        self.batches.watch = self._computed
        self.writing.watch = self.instruments.call

    def _computed(self, batch: Batch) -> None:
        self.cost.add(batch)
        self.instruments.batch(batch)

    async def answer(self, texts: Sequence[str], request: Request, param: str = "input") -> Answer:
        """Answer texts in order, all with the release that is live now.

        Raises:
            Problem: A limit is exceeded, a text cannot be answered, the deadline cannot be met, or
                the time is up.
        """
        model = self.versions.live
        self.check(texts, param)
        if sum(map(len, texts)) <= INLINE:
            sizes = model.sizes(texts)
        else:
            sizes = await asyncio.to_thread(model.sizes, texts)
        tokens = int(sizes.sum())
        if len(texts) > 1 and tokens > self.limits.tokens:
            raise Problem(
                413,
                f"The request has {tokens:,} tokens, and the limit is {self.limits.tokens:,}. "
                "Send fewer texts at a time.",
                param,
            )
        start, deadline = time.perf_counter(), self.limits.deadline
        seconds = retry_after(self.cost, self.batches, tokens, self.margin.within(deadline))
        if seconds is not None:
            self.refuse(seconds)
        possible = self.cost.seconds(tokens) <= deadline
        asked = self.batches.ask(model, texts, sizes)
        decided = await self.while_connected(asked, request)
        if possible:
            self.margin.add(late=time.perf_counter() - start > deadline)
        labels = np.bincount(decided.labels, minlength=len(model.classes))
        for place in np.flatnonzero(labels):
            counter = self.instruments.answers.labels(model.version, model.classes[place])
            counter.inc(int(labels[place]))
        if decided.review is not None:
            self.instruments.review.labels(model.version).inc(int(decided.review.sum()))
        return Answer(model, decided, sizes)

    def refuse(self, seconds: int) -> NoReturn:
        """Refuse a request that cannot meet the deadline, and say when to send it again."""
        self.instruments.refused.inc()
        raise Problem(
            429,
            f"The server cannot answer within {self.limits.deadline:g} s now. Send it again "
            f"in {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )

    def check(self, texts: Sequence[str], param: str) -> None:
        """Refuse texts that are too many, too long, empty or no valid Unicode.

        Raises:
            Problem: One is.
        """
        if not texts:
            raise Problem(400, f"`{param}` has no text. Send at least one.", param)
        if len(texts) > self.limits.rows:
            raise Problem(
                413,
                f"The request has {len(texts):,} texts, and the limit is {self.limits.rows:,}. "
                "Send them in several requests.",
                param,
            )
        for place, text in enumerate(texts):
            name = param if len(texts) == 1 else f"{param}.{place}"
            if not text.strip():
                raise Problem(400, f"`{name}` is empty. Leave it out.", name)
            if len(text) > self.limits.characters:
                raise Problem(
                    413,
                    f"`{name}` has {len(text):,} characters, and the limit is "
                    f"{self.limits.characters:,}. Shorten it.",
                    name,
                )
            if any("\ud800" <= character <= "\udfff" for character in text):
                raise Problem(
                    400, f"`{name}` holds half of a surrogate pair. Send valid Unicode.", name
                )

    async def while_connected(self, work: Awaitable[Result], request: Request) -> Result:
        """What comes of the work; it is cancelled if the client leaves or the time is up.

        Raises:
            Problem: The client left, or the time is up.
        """
        asked = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(request.receive())  # the body was read: it says disconnect
        try:
            await asyncio.wait(
                (asked, gone), timeout=self.limits.time, return_when=asyncio.FIRST_COMPLETED
            )
            if asked.done():
                return asked.result()
            if gone.done():
                self.instruments.gone.inc()
                raise Problem(499, "The client left.")
            raise self.too_late()
        finally:
            gone.cancel()
            asked.cancel()

    def too_late(self) -> Problem:
        """What is said of a request that was let in and not answered in time."""
        return Problem(
            503,
            f"The request was not answered within {self.limits.time:g} s. Send it again.",
            headers={"Retry-After": "1"},
        )
