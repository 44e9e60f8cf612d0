"""What a request for text may say, in the words of the OpenAI protocol, and what it may not.

A release answers as it was tested: greedily, behind its own prompt, and never longer than it was
let there. An option that would change this is refused by name; one that changes nothing is
accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from rungwise.conversation import Message, as_input
from rungwise.serving.problem import Problem

STOPS = 4
"""Texts that end an answer; the bound of the protocol."""

ROLES: Mapping[str, Literal["system", "user", "assistant"]] = {
    "system": "system", "developer": "system", "user": "user", "assistant": "assistant",
}  # fmt: skip
FIXED: Mapping[str, tuple[tuple[Any, ...], str]] = {
    "temperature": ((0,), "it answers greedily"),
    "n": ((1,), "it gives one answer"),
    "best_of": ((1,), "it gives one answer"),
    "frequency_penalty": ((0,), "it answers greedily"),
    "presence_penalty": ((0,), "it answers greedily"),
    "logit_bias": (({},), "it answers greedily"),
    "logprobs": ((False, 0), "it gives no log-probabilities"),
    "top_logprobs": ((0,), "it gives no log-probabilities"),
    "echo": ((False,), "it does not repeat the prompt"),
    "suffix": (("",), "it writes nothing between two texts"),
    "tools": (([],), "it calls no tools"),
    "tool_choice": (("none", "auto"), "it calls no tools"),
    "functions": (([],), "it calls no tools"),
    "function_call": (("none", "auto"), "it calls no tools"),
    "response_format": (({"type": "text"},), "the form of its answers was learnt or is prompted"),
    "modalities": ((["text"],), "it answers with text"),
    "audio": ((), "it answers with text"),
    "web_search_options": ((), "it looks nothing up but its own documents"),
    "reasoning_effort": ((), "how long it thinks is part of the release"),
    "verbosity": ((), "how much it writes is part of the release"),
}
"""Option → values that change nothing, and what the release does instead of others."""


class Part(BaseModel):
    """A part of a message."""

    type: str
    text: StrictStr | None = None


class Turn(BaseModel):
    """A message of a conversation."""

    role: str
    content: StrictStr | list[Part] | None = None


class StreamOptions(BaseModel):
    """What is sent along while a text is written."""

    include_usage: bool | None = None


class TextRequest(BaseModel):
    """What both kinds of requests for text may say.

    Fields that a release has fixed are checked by `fixed`; `top_p` and `seed` change nothing if
    the most probable token is taken, and the rest is about the client.
    """

    model_config = ConfigDict(extra="forbid")
    model: str = Field(description="Any name: the release that is live answers.")
    max_tokens: int | None = Field(None, ge=1, description="At most as many as the release has.")
    stop: StrictStr | list[StrictStr] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(None, description="0: the release answers greedily.")
    top_p: float | None = Field(None, gt=0, le=1, description="Changes nothing.")
    n: int | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logit_bias: dict[str, Any] | None = None
    logprobs: bool | int | None = None
    user: str | None = None

    @property
    def stops(self) -> tuple[str, ...]:
        """The texts that end an answer.

        Raises:
            Problem: They are too many, or one is empty.
        """
        stops = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        if len(stops) > STOPS or not all(stops):
            raise Problem(
                400, f"`stop` has {len(stops)} texts. Give at most {STOPS}, none empty.", "stop"
            )
        return stops

    def check_fixed(self) -> None:
        """Refuse what would make the release answer otherwise than it was tested.

        Raises:
            Problem: An option has another value than the release's.
        """
        for name, (allowed, instead) in FIXED.items():
            value = getattr(self, name, None)
            if value is not None and value not in allowed:
                hint = f", or send {allowed[0]!r}" if allowed else ""
                raise Problem(
                    400,
                    f"`{name}` is {str(value)[:40]}, and the release answers as it was tested: "
                    f"{instead}. Leave it out{hint}.",
                    name,
                )


class ChatRequest(TextRequest):
    """A conversation that the release goes on with."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": "v1.0", "messages": [{"role": "user", "content": "Where is my card?"}]}
            ]
        }
    )
    messages: list[Turn]
    max_completion_tokens: int | None = Field(None, ge=1)
    top_logprobs: int | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None
    functions: list[Any] | None = None
    function_call: Any = None
    response_format: dict[str, Any] | None = None
    modalities: list[str] | None = None
    audio: Any = None
    web_search_options: Any = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    parallel_tool_calls: bool | None = None
    metadata: Any = None
    moderation: Any = None
    prediction: Any = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Any = None
    prompt_cache_retention: str | None = None
    safety_identifier: str | None = None
    service_tier: str | None = None
    store: bool | None = None

    @property
    def value(self) -> str:
        """The conversation as the release reads it.

        Raises:
            Problem: A message is none that it reads, or the last one is not the user's.
        """
        turns = [_turn(turn, f"messages.{place}") for place, turn in enumerate(self.messages)]
        if not turns or turns[-1].role != "user":
            raise Problem(400, "The last of `messages` is not the user's. Send one.", "messages")
        if not turns[-1].content.strip():
            name = f"messages.{len(turns) - 1}.content"
            raise Problem(400, f"`{name}` is empty. Ask something.", name)
        return as_input(turns)


class CompletionRequest(TextRequest):
    """Texts that the release answers, each as one question behind its own prompt."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "v1.0", "prompt": "Where is my card?"}]}
    )
    prompt: StrictStr | list[StrictStr]
    best_of: int | None = None
    echo: bool | None = None
    suffix: str | None = None

    @property
    def values(self) -> list[str]:
        """Each text as the release reads it."""
        texts = [self.prompt] if isinstance(self.prompt, str) else self.prompt
        return [as_input((Message("user", text),)) if text.strip() else text for text in texts]


def _turn(turn: Turn, name: str) -> Message:
    role = ROLES.get(turn.role)
    if role is None:
        raise Problem(
            400, f"`{name}.role` is {turn.role[:40]!r}. Send one of {', '.join(ROLES)}.",
            f"{name}.role",
        )  # fmt: skip
    if isinstance(turn.content, str):
        return Message(role, turn.content)
    for place, part in enumerate(turn.content or ()):
        if part.type != "text" or part.text is None:
            at = f"{name}.content.{place}"
            raise Problem(400, f"`{at}` is {part.type[:40]!r}, and the release reads texts.", at)
    if not turn.content:
        raise Problem(400, f"`{name}.content` has no text. Send one.", f"{name}.content")
    return Message(role, "\n".join(part.text or "" for part in turn.content))
