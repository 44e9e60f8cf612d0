"""One question and its answer in the OpenAI protocol's words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rungwise.conversation import Conversation, Generated
from rungwise.models.endpoint.answers import as_unicode
from rungwise.models.endpoint.limits import EndpointLimits
from rungwise.models.endpoint.server import Body
from rungwise.models.endpoint.spending import token_count
from rungwise.models.endpoint.troubles import Reader, Trouble

CUT = frozenset(
    {"length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"}
)
"""How servers say that an answer was cut at the longest that is allowed; in any case of letters."""
WITHHELD = re.compile(
    r"filter|safety|prohibit|recitation|blocklist|spii|sensitive|moderat|guardrail|polic|flagged"
)
BROKEN_OFF = re.compile(
    r"error|abort|cancel|fail|interrupt|insufficient|time_?out|overload|network|disconnect|malform"
    r"|pause|unspecified|^other$"
)
"""Words in the reasons of OpenAI, Azure, Gemini, Mistral, DeepSeek, Zhipu, vLLM and SGLang for an
answer that was withheld, or that somebody else broke off."""
SNAPSHOT = re.compile(r"-\d{3,8}|-\d{4}-\d{2}(-\d{2})?")
"""What servers append to the name that was asked for: the number or date of the weights."""


def messages(prompt: Conversation) -> list[dict[str, str]]:
    """A conversation as the protocol writes it."""
    return [{"role": one.role, "content": one.content} for one in prompt]


def question(
    model: str, prompt: Conversation, schema: Mapping[str, Any] | None, limits: EndpointLimits
) -> dict[str, Any]:
    """The body of a request for the next message: greedy, unless the user's parameters differ."""
    body: dict[str, Any] = {"model": model, "messages": messages(prompt), "temperature": 0}
    if schema is not None:
        held = {"name": "answer", "schema": dict(schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": held}
    return body | limits.parameters


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
        generated: The answer, thinking included.
        model: What the server says wrote it; empty where it does not say.
    """

    generated: Generated
    model: str


def read(content: Body) -> Answer:
    """Read an answer that `check` has let pass."""
    choice = _choice(content)
    told = content.get("usage")
    usage = told if isinstance(told, dict) else {}
    details = usage.get("completion_tokens_details")
    thinking = details.get("reasoning_tokens") if isinstance(details, dict) else None
    return Answer(
        Generated(
            text=as_unicode(str(_text(choice["message"]) or "")),
            prompt_tokens=token_count(usage.get("prompt_tokens")) or 0,
            output_tokens=token_count(usage.get("completion_tokens")) or 0,
            ended="length" if _finish(choice) in CUT else "stop",
            thinking_tokens=token_count(thinking) or 0,
        ),
        model=_model(content),
    )


def check(content: Body, reader: Reader) -> None:
    """Complain about what is no answer, or an answer of another model.

    Raises:
        Trouble: It cannot be used.
    """
    try:
        choice = _choice(content)
        message, finish = choice["message"], _finish(choice)
        text, refusal = _text(message), message.get("refusal")
        tools = message.get("tool_calls") or message.get("function_call")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise reader.not_an_answer(content) from None
    if not isinstance(text, str | None) or not (text or isinstance(refusal, str | None)):
        raise reader.not_an_answer(content)
    check_model(content, reader)
    model = _model(content)
    if BROKEN_OFF.search(finish) or _is_error(content) or _is_error(choice):
        raise reader.not_an_answer({"error": choice.get("error"), **content})
    if WITHHELD.search(finish) or (not text and _is_filtered(choice)):
        raise reader.declined("withheld", model)
    if tools or re.search("tool_(?:call|use)|function_call", finish):
        raise reader.declined("tool call", model)
    if (refusal and not text) or finish == "refusal":
        raise reader.declined("refused", model, str(refusal or ""))
    nothing = text is None or (text == "" and _has_thought(message))
    if nothing and finish not in CUT:  # thinking may take all tokens that there are
        raise reader.declined("empty", model)


def _choice(content: Body) -> Any:
    """The first choice: some servers give several, in any order."""
    choices = content["choices"]
    return next((one for one in choices if one.get("index") == 0), choices[0])


def _finish(choice: Mapping[str, Any]) -> str:
    return str(choice.get("finish_reason") or "").lower()


def _is_error(told: Mapping[str, Any]) -> bool:
    """Whether a provider's error stands in a reply, or beside the half of an answer."""
    return bool(told.get("error"))


def _has_thought(message: Body) -> bool:
    """Whether a model's thinking stands beside its text."""
    return any(message.get(name) for name in ("reasoning_content", "reasoning", "thinking"))


def _is_filtered(choice: Mapping[str, Any]) -> bool:
    """Whether Azure says beside an empty answer that a filter took it."""
    results = choice.get("content_filter_results")
    told = results.values() if isinstance(results, dict) else ()
    return any(isinstance(one, dict) and one.get("filtered") is True for one in told)


def _model(content: Body) -> str:
    """What the server says replied; "" where it does not say."""
    return as_unicode(str(content.get("model") or ""))


def _text(message: Body) -> object:
    """The text of a message; some servers send it in parts, and thinking as parts of its own."""
    content = message.get("content")
    if not isinstance(content, list):
        return content
    parts = [part.get("text") for part in content if part.get("type") == "text"]
    return "".join(parts) if parts else None


def check_model(content: Body, reader: Reader) -> None:
    """Complain where the server says that another model answered.

    Raises:
        Trouble: It does.
    """
    model = _model(content)
    stated = reader.limits.answers_as
    if model and not same_model(stated or reader.address.model, model):
        named = f" (`answers_as: {stated}`)" if stated else ""
        raise Trouble(
            f"{reader.address.base_url} was asked for {reader.address.model}{named} and answers "
            "as another model",
            f"If it is the one that you want, write `answers_as: {reader.quote(model)}` under "
            "`endpoint:`, or name the model as the server does.",
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
