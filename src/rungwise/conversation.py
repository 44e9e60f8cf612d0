"""What a language model is asked, and what it answered.

In a table an input is text: a single question as it is, a longer conversation as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
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


THINKING = (
    ("<think>", "</think>"),  # DeepSeek-R1, Qwen3 and most others
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),  # Magistral
    ("◁think▷", "◁/think▷"),  # Kimi
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Command A
    ("<|channel>thought", "<channel|>"),  # Gemma
    ("<unused94>thought", "<unused95>"),
)
"""Where thinking begins and ends in what models write."""
THINKING_ROOM = 2048
"""Tokens that thinking may take beside the answer unless the task says otherwise."""
FRAMES = ("<|begin_of_solution|>", "<|end_of_solution|>")
"""What some models put around the answer behind their thinking."""
CHANNEL = re.compile(r"\s*(<\|start\|>assistant)?<\|channel\|>")
"""How an answer of gpt-oss begins; it thinks in the channels before the final one."""
FINAL = re.compile(r"<\|channel\|>final\b.*?<\|message\|>", re.DOTALL)
CLOSED = re.compile(r"<\|(return|end)\|>\s*$")


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
        output_tokens: Tokens that it wrote, thinking and the stop token included.
        ended: `stop` if the model ended by itself, `length` if it was cut, `unasked` if the prompt
            left no room for an answer, `unanswered` if a server sent something that is no answer.
        thinking_tokens: How many of the output tokens are thinking, which `text` does not hold.
    """

    text: str
    prompt_tokens: int
    output_tokens: int
    ended: Literal["stop", "length", "unasked", "unanswered"]
    thinking_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model has written so far.

    Attributes:
        tokens: How many, thinking included.
        read: Gives the text, without thinking, as far as later tokens do not change it.
    """

    tokens: int
    read: Callable[[], str]


GoesOn = Callable[[int, Draft], bool]
"""Given the place of a prompt and what is written to it so far: whether more is to be written."""


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
        shown: Callable[[int, str], None] | None = None,
    ) -> list[Generated]:
        """Answer each, greedily, in order.

        Args:
            prompts: What is asked (n).
            progress: Where to report.
            max_tokens: Longest answer.
            schema: A JSON Schema that every answer must satisfy, where the model can be held to
                one.
            shown: Told each answer (its place, its text) as it comes, in whatever order.

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


def with_room_to_think(
    model: LanguageModel,
    prompts: Sequence[Conversation],
    progress: Progress,
    *,
    max_tokens: int,
    schema: Mapping[str, Any] | None = None,
    room: int = THINKING_ROOM,
    shown: Callable[[int, str], None] | None = None,
) -> list[Generated]:
    """Answer each as `LanguageModel.generate` does; what thinking has filled is asked for again.

    Behind an endpoint nobody knows whether a model thinks, so room is given when an answer was cut
    before it held any text.

    Args:
        model: What is asked.
        prompts: What is asked (n).
        progress: Where to report.
        max_tokens: Longest answer.
        schema: A JSON Schema for every answer.
        room: Tokens more for thinking; 0 to leave such answers cut.
        shown: Told each answer (its place, its text) as it comes, but for those without text.
    """
    known = getattr(model, "thinking_room", None)  # a local model's template says it
    if known is not None:
        return model.generate(prompts, progress, max_tokens=max_tokens + known, schema=schema)
    beside: dict[str, Any] = {}  # who shows nothing need not take it
    if shown is not None:
        beside = {"shown": lambda place, text: shown(place, text) if text else None}
    told = model.generate(prompts, progress, max_tokens=max_tokens, schema=schema, **beside)
    cut = [place for place, one in enumerate(told) if one.ended == "length" and not one.text]
    if not cut or not room:
        return told
    more = min(room, max(1, model.context // 2))
    progress.say(
        f"{len(cut):,} of {len(told):,} answers were cut before they held any text, as happens if "
        f"a model thinks: they are asked for again with room for {more:,} tokens more "
        "(`generation.thinking_tokens`)."
    )
    asked = [prompts[place] for place in cut]
    if shown is not None:
        beside = {"shown": lambda place, text: shown(cut[place], text)}
    longer = max_tokens + more
    again = model.generate(asked, progress, max_tokens=longer, schema=schema, **beside)
    for place, one in zip(cut, again, strict=True):
        told[place] = one
    return told


def without_thinking(text: str, *, opened: bool = False) -> tuple[str, str]:
    """Split what a model wrote into its answer and the thinking before it.

    Args:
        text: What it wrote, special tokens included.
        opened: Whether the prompt ended inside thinking. A template that opens it leaves only its
            end to the model, which is recognised in any case.

    Returns:
        The answer and the thinking. Thinking that was cut has no end, and then the answer is "".
        Without thinking the answer is `text` as it is, and the thinking "".
    """
    if CHANNEL.match(text):
        finals = list(FINAL.finditer(text))
        if not finals:
            return "", text.strip()
        last = finals[-1]
        return CLOSED.sub("", text[last.end() :]).strip(), text[: last.start()].strip()
    thoughts: list[str] = []
    rest, inside = text, opened
    while (found := _thought(rest, inside)) is not None:
        thought, rest = found
        thoughts.append(thought)
        inside = False
    if not thoughts:
        return text, ""
    for frame in FRAMES:
        rest = rest.replace(frame, "")
    return rest.strip(), "\n".join(thoughts)


def _thought(text: str, opened: bool) -> tuple[str, str] | None:
    """The thinking at the beginning of a text, and what comes after; None if there is none."""
    begun = text.lstrip()
    lower = begun.lower()
    for opening, closing in THINKING:
        if lower.startswith(opening.lower()):
            end = lower.find(closing.lower())
            if end < 0:
                return begun, ""
            return begun[: end + len(closing)], begun[end + len(closing) :]
    ends = [(_end(lower, one.lower()), len(one), first) for first, one in THINKING]
    closed = min(((end, size, first) for end, size, first in ends if end >= 0), default=None)
    if closed is not None and closed[2].lower() not in lower[: closed[0]]:
        end = closed[0] + closed[1]
        return begun[:end], begun[end:]
    return (begun, "") if opened and begun else None


def _end(text: str, closing: str) -> int:
    """Where thinking that the prompt opened ends; -1 where the tag is only quoted, as in code."""
    end = text.find(closing)
    return -1 if end > 0 and text[end - 1] in "`'\"" else end


def opens_thinking(prompt: str) -> str:
    """The tag that ends the thinking which a prompt opens; "" if it opens none."""
    for opening, closing in THINKING:
        if prompt.rfind(opening) > prompt.rfind(closing):
            return closing if prompt.rstrip().endswith(opening) else ""
    return ""


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
