"""One question and its answer in the OpenAI protocol's words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rungwise.conversation import Conversation, Generated
from rungwise.models.endpoint.answers import as_unicode
from rungwise.models.endpoint.server import Body
from rungwise.models.endpoint.spending import token_count
from rungwise.models.endpoint.troubles import Reader, Trouble

SNAPSHOT = re.compile(r"-\d{3,8}|-\d{4}-\d{2}(-\d{2})?")
"""What servers append to the name that was asked for: the number or date of the weights."""


def messages(prompt: Conversation) -> list[dict[str, str]]:
    """A conversation as the protocol writes it."""
    return [{"role": one.role, "content": one.content} for one in prompt]


def question(model: str, prompt: Conversation, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The body of a request for the next message, greedily."""
    body: dict[str, Any] = {"model": model, "messages": messages(prompt), "temperature": 0}
    if schema is not None:
        held = {"name": "answer", "schema": dict(schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": held}
    return body


def most_tokens(prompt: Conversation, schema: Mapping[str, Any] | None = None) -> int:
    """Tokens that a server can read at most: no token is less than a byte.

    A template's own words come on top; 64 tokens, and 16 a turn, are what common ones take.
    """
    texts = [one.content for one in prompt] + ([json.dumps(schema)] if schema is not None else [])
    return sum(len(text.encode("utf-8", "replace")) for text in texts) + 64 + 16 * len(prompt)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server wrote.

    Attributes:
        generated: The answer.
        model: What the server says wrote it; empty where it does not say.
        withheld: Whether a filter of the server kept the text, or part of it.
    """

    generated: Generated
    model: str
    withheld: bool


def read(content: Body) -> Answer:
    """Read an answer that `check` has let pass."""
    choice = content["choices"][0]
    message, finish = choice["message"], choice.get("finish_reason")
    told = content.get("usage")
    usage = told if isinstance(told, dict) else {}
    return Answer(
        Generated(
            text=as_unicode(message.get("content") or message.get("refusal") or ""),
            prompt_tokens=token_count(usage.get("prompt_tokens")) or 0,
            output_tokens=token_count(usage.get("completion_tokens")) or 0,
            ended="length" if finish in ("length", "max_tokens") else "stop",
        ),
        model=as_unicode(str(content.get("model") or "")),
        withheld=finish == "content_filter",
    )


def check(content: Body, reader: Reader) -> None:
    """Complain about what is no answer, or an answer of another model.

    Raises:
        Trouble: It cannot be used.
    """
    try:
        message = content["choices"][0]["message"]
        text = message.get("content")
        texts = [text, None if text else message.get("refusal") or None]
    except (KeyError, IndexError, TypeError, AttributeError):
        texts = [0]
    if not all(text is None or isinstance(text, str) for text in texts):
        told = content.get("error")
        said = told.get("message") if isinstance(told, dict) else told
        raise reader.not_an_answer(str(said or ", ".join(map(str, content)) or "{}"))
    check_model(content, reader)


def check_model(content: Body, reader: Reader) -> None:
    """Complain where the server says that another model answered.

    Raises:
        Trouble: It does.
    """
    model = str(content.get("model") or "")
    if model and not same_model(reader.address.model, model):
        raise Trouble(
            f"{reader.address.base_url} was asked for {reader.address.model} and answers as "
            "another model",
            "Name the model as the server does, if it is the one you want.",
            passing=False,
            said=model,
        )


def context(model: str, listing: Body) -> int | None:
    """How many positions a server's list of models gives one, in the words that servers use."""
    entries = listing.get("data")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and same_model(model, str(entry.get("id"))):
            meta = entry.get("meta")
            stated = {**entry, **(meta if isinstance(meta, dict) else {})}
            for word in ("n_ctx", "max_model_len", "context_length", "context_window"):
                if isinstance(stated.get(word), int) and stated[word] > 0:
                    return int(stated[word])
    return None


def same_model(asked: str, answered: str) -> bool:
    """Whether a server's name for what answered fits what was asked.

    Owners before a slash and the date of a snapshot after the name may differ: a router that is
    asked for `openai/gpt-4o` answers as `gpt-4o-2024-08-06`.
    """
    wanted, got = (_plain(name) for name in (asked, answered))
    return wanted == got or (
        got.startswith(wanted) and SNAPSHOT.fullmatch(got[len(wanted) :]) is not None
    )


def _plain(name: str) -> str:
    name = name.lower().rpartition("/")[2]
    return name.removesuffix(":latest").removesuffix("-latest")
