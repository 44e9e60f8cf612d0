"""Texts of a release for one request: admission, the wait, and what comes while it is written."""

from __future__ import annotations

import asyncio
import functools
import logging
import math
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rungwise.errors import RungwiseError
from rungwise.protocols import writer
from rungwise.serving.problem import Problem
from rungwise.serving.writing import Row

if TYPE_CHECKING:
    from starlette.requests import Request

    from rungwise.conversation import Generated
    from rungwise.protocols import Writer
    from rungwise.serving.service import Service

log = logging.getLogger("rungwise.serving")


def live_writer(service: Service) -> Writer:
    """The release that is live, if it answers with text.

    Raises:
        Problem: It answers with labels.
    """
    model = writer(service.versions.live)
    if model is None:
        raise Problem(
            400,
            f"Release {service.versions.live.version} answers with labels. Ask `/v1/predict` or "
            "`/v1/decisions`.",
        )
    return model


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one request asks for.

    Attributes:
        model: The release that was live when it came in.
        values: Inputs, as `Writer.write` takes them.
        param: The field that holds them.
        longest: Tokens of an answer at most; None for the release's own bound.
        stops: Texts that end an answer.
    """

    model: Writer
    values: Sequence[str]
    param: str
    longest: int | None = None
    stops: tuple[str, ...] = ()

    def rows(self) -> list[Row]:
        """A row for each input."""
        most = self.model.longest
        longest = most if self.longest is None else min(self.longest, most)
        return [Row(self.model, value, longest, self.stops) for value in self.values]


async def whole(service: Service, wanted: Wanted, request: Request) -> list[Generated]:
    """The answer to each input, in order.

    Raises:
        Problem: A limit is exceeded, the deadline cannot be met, the time is up, or there is no
            answer.
    """
    rows = _admitted(service, wanted)
    try:
        await service.while_connected(asyncio.wait([row.done for row in rows]), request)
    finally:
        _leave(rows)
    return [_result(service, row, wanted.param) for row in rows]


async def begun(
    service: Service, wanted: Wanted, request: Request
) -> AsyncIterator[tuple[int, str | Generated]]:
    """Wait until something is written; it and what follows come from the iterator returned.

    It yields the place of an input and the next piece of its answer, at last the whole answer.
    Whoever has it must close it: then nothing more is written.

    Raises:
        Problem: As `whole`; the iterator raises it too.
    """
    rows = _admitted(service, wanted)
    told: asyncio.Queue[tuple[int, str | None]] = asyncio.Queue()
    for place, row in enumerate(rows):
        row.tell = functools.partial(_tell, told, place)
        row.done.add_done_callback(functools.partial(_end, told, place))
    try:
        first = await service.while_connected(told.get(), request)
        if first[1] is None:
            _result(service, rows[first[0]], wanted.param, count=False)
    except BaseException:
        _leave(rows)
        raise
    return _pieces(service, wanted, rows, told, first)


def _tell(told: asyncio.Queue[tuple[int, str | None]], place: int, text: str) -> None:
    if text:
        told.put_nowait((place, text))


def _end(told: asyncio.Queue[tuple[int, str | None]], place: int, _: object) -> None:
    told.put_nowait((place, None))


async def _pieces(
    service: Service,
    wanted: Wanted,
    rows: list[Row],
    told: asyncio.Queue[tuple[int, str | None]],
    first: tuple[int, str | None],
) -> AsyncIterator[tuple[int, str | Generated]]:
    sent, left = [""] * len(rows), len(rows)
    end = time.monotonic() + service.limits.time
    event = first
    try:
        while True:
            place, text = event
            answer = None if text is not None else _result(service, rows[place], wanted.param)
            so_far = text if text is not None else answer.text if answer else ""
            if not so_far.startswith(sent[place]):
                if answer is not None:
                    log.error("An answer of release %s changed as it ended", wanted.model.version)
                    raise Problem(500, "The answer changed while it was written. Ask without "
                                  "`stream`.")  # fmt: skip
            elif piece := so_far[len(sent[place]) :]:
                sent[place] = so_far
                yield place, piece
            if answer is not None:
                yield place, answer
                left -= 1
                if not left:
                    return
            try:
                event = await asyncio.wait_for(told.get(), max(0.0, end - time.monotonic()))
            except TimeoutError:
                raise service.too_late() from None
    except (GeneratorExit, asyncio.CancelledError):
        service.instruments.gone.inc()
        raise
    finally:
        _leave(rows)


def _admitted(service: Service, wanted: Wanted) -> list[Row]:
    """Rows that wait for their turn."""
    service.check(wanted.values, wanted.param)
    deadline = service.limits.deadline
    seconds = service.writing.wait(wanted.model, len(wanted.values))
    if seconds > deadline:
        service.refuse(max(1, math.ceil(seconds - deadline)))
    rows = wanted.rows()
    for row in rows:
        service.writing.ask(row)
    return rows


def _leave(rows: list[Row]) -> None:
    """Write no more to rows that nobody waits for."""
    for row in rows:
        row.gone = True
        if not row.done.cancel() and not row.done.cancelled():
            row.done.exception()  # else asyncio says that nobody has looked at it


def _result(service: Service, row: Row, param: str, *, count: bool = True) -> Generated:
    """The answer to a row that is done.

    Raises:
        Problem: There is none.
    """
    model = row.model
    try:
        answer = row.done.result()
    except RungwiseError as error:
        log.error("Release %s gave no answer: %s", model.version, error)
        if model.together == 1:
            raise Problem(
                502, "The model behind the release gave no answer; the server's log says why."
            ) from error
        raise Problem(
            400, "The model cannot read this conversation; the server's log says why. Send one "
            "question.", param,
        ) from error  # fmt: skip
    if answer.ended == "unasked":
        raise Problem(
            400, f"`{param}` is too long: with the prompt of the release, no room is left for an "
            "answer. Shorten it.", param,
        )  # fmt: skip
    if answer.ended == "unanswered":
        raise Problem(502, "The model behind the release gave no answer to this text.")
    if count:
        service.instruments.texts.labels(model.version, answer.ended).inc()
        for kind, tokens in (("read", answer.prompt_tokens), ("written", answer.output_tokens)):
            service.instruments.tokens.labels(model.version, kind).inc(tokens)
    return answer
