"""What a language model is asked, and what it answered.

In a table an input is text: a single question as it is, a longer conversation as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rungwise.errors import DataError, ModelError
from rungwise.progress import Progress

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

Role = Literal["system", "user", "assistant"]
ROLES: tuple[Role, ...] = ("system", "user", "assistant")
CODED = '[{"role":'
"""How the text of a conversation begins; a question that begins so is coded as a conversation."""


class CannotScore(ModelError):
    """A model gives no log-probabilities of answers that it is handed."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


Conversation = tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Generated:
    """An answer of a language model.

    Attributes:
        text: What it wrote, without the stop token.
        prompt_tokens: Tokens that it read.
        output_tokens: Tokens that it wrote, the stop token included.
        ended: `stop` where the model ended by itself, `length` where it was cut, `unasked` where
            the prompt left no room for an answer.
    """

    text: str
    prompt_tokens: int
    output_tokens: int
    ended: Literal["stop", "length", "unasked"]


class LanguageModel(Protocol):
    """A model that writes text: local, or behind an endpoint.

    Attributes:
        name: As the task names it.
        digest: Of weights, configuration and tokenizer; of an endpoint, its URL and model name.
    """

    name: str
    digest: str

    @property
    def context(self) -> int:
        """Positions that prompt and answer share; an endpoint is asked for it."""

    def generate(
        self,
        prompts: Sequence[Conversation],
        progress: Progress,
        *,
        max_tokens: int,
        schema: Mapping[str, Any] | None = None,
    ) -> list[Generated]:
        """Answer each, greedily, in order.

        Args:
            prompts: What is asked (n).
            progress: Where to report.
            max_tokens: Longest answer.
            schema: A JSON Schema that every answer must satisfy, where the model can be held to
                one.

        Raises:
            ModelError: A prompt leaves no room for an answer, or the model cannot be reached.
        """

    def score(
        self, prompts: Sequence[Conversation], options: Sequence[str], progress: Progress
    ) -> NDArray[numpy.float64]:
        """Log-probability, in nats, that each prompt is answered by each option and then ended.

        Returns:
            Array (prompts, options).
        """


def as_input(messages: Sequence[Message]) -> str:
    """A conversation as the text of a table's `input`."""
    if len(messages) == 1 and messages[0].role == "user" and not _is_coded(messages[0].content):
        return messages[0].content
    turns = [{"role": one.role, "content": one.content} for one in messages]
    return json.dumps(turns, ensure_ascii=False)


def of_input(text: str) -> Conversation:
    """The conversation that a table's `input` holds.

    Raises:
        DataError: It looks like a conversation and is none.
    """
    if not _is_coded(text):
        return (Message("user", text),)
    try:
        turns = json.loads(text)
        return tuple(_message(turn) for turn in turns)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DataError(
            f"{text[:60]!r} is no conversation: {error}",
            "Give a list of objects with `role` (system, user, assistant) and `content`.",
        ) from error


def _is_coded(text: str) -> bool:
    return text.startswith(CODED)


def _message(turn: dict[str, str]) -> Message:
    role = next((one for one in ROLES if one == turn["role"]), None)
    if role is None:
        raise ValueError(f"there is no role {turn['role']!r}")
    if not isinstance(turn["content"], str):
        raise TypeError("`content` is no text")
    return Message(role, turn["content"])
