"""`/v1/chat/completions`, `/v1/completions` and `/v1/models`, as the `openai` client asks them.

What answers is the release: its prompt, its examples and its documents stand around each
question. The message of the system that a client sends is read below the release's own, as with
the rows of the task.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rungwise.conversation import Generated
from rungwise.serving.predictions import headers
from rungwise.serving.problem import Problem
from rungwise.serving.sampled_answers import request_ids, texts_kept
from rungwise.serving.text_request import ChatRequest, CompletionRequest, TextRequest
from rungwise.serving.texts import Wanted, begun, live_writer, whole

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rungwise.serving.service import Service

log = logging.getLogger("rungwise.serving")

Choice = Callable[[int, str, str | None], dict[str, Any]]
"""The place of an input, a text and why it ended (None while it goes on), as the protocol writes
them."""


class TextAnswer(BaseModel):
    """Answers in the order of the prompts."""

    id: str
    object: str
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, Any]


class Models(BaseModel):
    """The release that answers."""

    object: str
    data: list[dict[str, Any]]


def install(app: FastAPI, service: Service) -> None:
    """Add the routes."""

    @app.post("/v1/chat/completions", response_model=TextAnswer, tags=["answers"])
    async def chat(asked: ChatRequest, request: Request) -> Response:
        """Go on with a conversation; a piece at a time with `stream`."""
        wanted = Wanted(
            live_writer(service), [asked.value], "messages",
            _smallest(asked.max_tokens, asked.max_completion_tokens), asked.stops,
        )  # fmt: skip
        names = ("chatcmpl", "chat.completion", "chat.completion.chunk")
        return await _answered(service, asked, wanted, request, names, _message, _delta)

    @app.post("/v1/completions", response_model=TextAnswer, tags=["answers"])
    async def complete(asked: CompletionRequest, request: Request) -> Response:
        """Answer texts, each as one question; a piece at a time with `stream`."""
        wanted = Wanted(live_writer(service), asked.values, "prompt", asked.max_tokens, asked.stops)
        names = ("cmpl", "text_completion", "text_completion")
        return await _answered(service, asked, wanted, request, names, _text, _text)

    @app.get("/v1/models", tags=["answers"])
    async def models() -> Models:
        """The release that answers, as clients list models."""
        version = service.versions.live.version
        about = {"id": version, "object": "model", "created": 0, "owned_by": "rungwise"}
        return Models(object="list", data=[about])


async def _answered(
    service: Service,
    asked: TextRequest,
    wanted: Wanted,
    request: Request,
    names: tuple[str, str, str],
    choice: Choice,
    piece: Choice,
) -> Response:
    asked.check_fixed()
    kind, finished, chunk = names
    head: dict[str, Any] = {
        "id": f"{kind}-{uuid.uuid4().hex}",
        "object": finished,
        "created": int(time.time()),
        "model": wanted.model.version,
        "system_fingerprint": wanted.model.digest[:12],
    }
    ids = request_ids(request, len(wanted.values), made=head["id"])
    if not asked.stream:
        answers = await whole(service, wanted, request)
        choices = [choice(place, one.text, one.ended) for place, one in enumerate(answers)]
        body = {**head, "choices": choices, "usage": _usage(answers)}
        behind = texts_kept(service, wanted.model, wanted.values, ids, answers)
        return Response(json.dumps(body), 200, headers(wanted.model), "application/json", behind)
    report = asked.stream_options is not None and bool(asked.stream_options.include_usage)
    events = await begun(service, wanted, request)
    ended: list[Generated | None] = [None] * len(wanted.values)
    lines = _lines(events, {**head, "object": chunk}, piece, report, ended)
    told = {**headers(wanted.model), "Cache-Control": "no-cache"}
    behind = texts_kept(service, wanted.model, wanted.values, ids, ended)
    return StreamingResponse(lines, 200, told, "text/event-stream", behind)


async def _lines(
    events: AsyncIterator[tuple[int, str | Generated]],
    head: dict[str, Any],
    piece: Choice,
    report: bool,
    ended: list[Generated | None],
) -> AsyncIterator[str]:
    """Server-sent events; an error after the first is one of them, as the client reads it.

    Whole answers are put into `ended`.
    """
    more = {"usage": None} if report else {}
    async with contextlib.aclosing(events):  # type: ignore[type-var]
        try:
            async for place, told in events:
                if isinstance(told, Generated):
                    ended[place] = told
                    choice = piece(place, "", told.ended)
                else:
                    choice = piece(place, told, None)
                yield _event({**head, "choices": [choice], **more})
        except Problem as problem:
            yield _event({"error": problem.error})
            return
        except Exception as error:  # noqa: BLE001 - the status was sent: the client is told here
            log.error("A request failed: %s", error)
            failed = Problem(500, "The server failed on this request; its log says why.")
            yield _event({"error": failed.error})
            return
    if report:
        yield _event({**head, "choices": [], "usage": _usage([one for one in ended if one])})
    yield "data: [DONE]\n\n"


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body)}\n\n"


def _message(place: int, text: str, ended: str | None) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": None}
    return {"index": place, "message": message, "logprobs": None, "finish_reason": ended}


def _delta(place: int, text: str, ended: str | None) -> dict[str, Any]:
    delta = {} if ended else {"role": "assistant", "content": text}
    return {"index": place, "delta": delta, "logprobs": None, "finish_reason": ended}


def _text(place: int, text: str, ended: str | None) -> dict[str, Any]:
    return {"index": place, "text": text, "logprobs": None, "finish_reason": ended}


def _usage(answers: Sequence[Generated]) -> dict[str, Any]:
    """Tokens read, the release's prompt included, and written, thinking included."""
    read = sum(one.prompt_tokens for one in answers)
    written = sum(one.output_tokens for one in answers)
    thinking = sum(one.thinking_tokens for one in answers)
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "completion_tokens_details": {"reasoning_tokens": thinking},
    }


def _smallest(*given: int | None) -> int | None:
    return min((each for each in given if each is not None), default=None)
