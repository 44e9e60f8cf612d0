"""What can go wrong between us and a server: the fact, the next step, and whether it may pass."""

from __future__ import annotations

import email.utils
import functools
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from rungwise.models.endpoint.address import Address
from rungwise.models.endpoint.key import OPENAI, OPENAI_HOST, OWN, Key
from rungwise.models.endpoint.limits import EndpointLimits

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same request may succeed."""
LONGEST_WAIT_S = 300.0
"""Where a server asks to wait longer, the user decides."""
LONGEST_QUOTE = 200
MUCH = 10_000
"""Characters of a message that are looked at; it is cut only after keys are out of it."""
TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context|context (?:length|window|size)"
    r"|prompt is too long|too many tokens",
    re.I,
)
"""How servers say that a prompt and its answer do not fit: OpenAI, vLLM, llama.cpp, Anthropic."""
LATER = "Run the same command again when it is up, or correct the URL after `@`."

Unanswered = Literal["withheld", "refused", "tool call", "empty", "broken"]
"""Why a reply is no answer: a filter kept it, the model refused, it calls a tool, it holds no
text, or it is an error or noise in place of the protocol."""
WITHHELD = frozenset(
    {"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation", "invalid_prompt"}
)
"""Codes of a request that a filter refused, as Azure and OpenAI write them."""
DECLINED: Mapping[Unanswered, str] = {
    "withheld": "withheld by the server's filter",
    "refused": "refused by the model",
    "tool call": "tool calls in place of a text",
    "empty": "without any text",
    "broken": "errors, or not what the protocol says",
}
UNSUPPORTED = re.compile(r"unsupported|not support|deprecated|unknown|unrecognized|instead", re.I)
FATAL = frozenset({401, 402, 403})
"""Statuses that hold for every row, also if they stand in the body of a reply with status 200."""


class Trouble(Exception):
    """A request that gave no answer.

    Attributes:
        fact: What happened, in our words.
        next_step: What the user can do.
        said: What the server said, as it came: to be shown through `Reader.quote` alone.
        passing: Whether trying again may help.
        wait_s: How long the server asked to wait; None where it did not.
        absent: Whether the server has no such route.
        unknown_parameter: The parameter that the server does not know, where it said so.
        too_long: Whether the prompt leaves no room for an answer: others may be answered.
        rejected: Whether the server rejects this request and says of no other that it would.
        unanswered: Why the server's reply is no answer to this one row; None if the trouble
            concerns more than the row.
        model: What the server says replied, if it says so.
        spend_usd: What the reply cost all the same.
    """

    def __init__(
        self,
        fact: str,
        next_step: str,
        *,
        passing: bool,
        said: str = "",
        wait_s: float | None = None,
        absent: bool = False,
        unknown_parameter: str | None = None,
        too_long: bool = False,
        rejected: bool = False,
        unanswered: Unanswered | None = None,
        model: str = "",
    ) -> None:
        super().__init__(fact)
        self.fact = fact
        self.next_step = next_step
        self.said = said
        self.passing = passing and (wait_s or 0.0) <= LONGEST_WAIT_S
        self.wait_s = wait_s
        self.absent = absent
        self.unknown_parameter = unknown_parameter
        self.too_long = too_long
        self.rejected = rejected
        self.unanswered = unanswered
        self.model = model
        self.spend_usd = 0.0


@dataclass(frozen=True, slots=True, repr=False)
class Reader:
    """Puts failures into words for one server; `key` is there to be left out of them."""

    address: Address
    key: Key
    limits: EndpointLimits

    def told(self, trouble: Trouble) -> str:
        """The fact, and what the server said: one line without keys and personal values."""
        said = self.quote(trouble.said) if trouble.said else ""
        return f"{trouble.fact} ({said})" if said else trouble.fact

    def quote(self, text: str) -> str:
        """What a server said, for a message."""
        if self.key.value:
            text = text.replace(self.key.value, "<KEY>")
        # Control characters could redraw the user's terminal.
        shown = "".join(one if one.isprintable() else " " for one in text[:MUCH])
        text = _without_values(re.sub(r"\s+", " ", shown).strip())
        return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"

    def too_slow(self) -> Trouble:
        """Nothing, or not all of it, came in time."""
        return Trouble(
            f"{self.address.base_url} did not answer within {self.limits.timeout_s:g} s",
            "Raise timeout_s or lower concurrency, then run the same command again.",
            passing=True,
        )

    def unreachable(self, error: BaseException) -> Trouble:
        """No connection, or it broke."""
        cause = error
        while (deeper := cause.__cause__ or cause.__context__) is not None:
            cause = deeper
        return Trouble(
            f"{self.address.base_url} cannot be reached",
            LATER,
            passing=True,
            said=str(cause) or type(cause).__name__,
        )

    def not_json(self, kind: str, content: bytes) -> Trouble:
        """Something came that is no JSON object: a web page, half an answer, noise."""
        start = content[:MUCH].decode("utf-8", "replace").strip()
        if "html" in kind.lower() or start[:1] == "<":
            return Trouble(
                f"{self.address.base_url} answers with a web page, not with JSON",
                "Correct the URL after `@`; most end in /v1.",
                passing=False,
                absent=True,
                unanswered="broken",  # a gateway's page in place of one answer ends nothing
            )
        return Trouble(
            f"{self.address.base_url} answers with what is no JSON object",
            "Look into the server's log; correct the URL after `@` if it is another's.",
            passing=True,
            said=start,
            unanswered="broken",
        )

    def not_an_answer(self, content: Mapping[str, Any]) -> Trouble:
        """JSON came that does not follow the protocol: often the error of a provider behind it."""
        told = content.get("error")
        said, code, _ = _parts(told) if told else ("", None, None)
        if code is not None and code.isdigit() and int(code) in FATAL:
            return self.of_status(int(code), content, {})
        return Trouble(
            f"{self.address.base_url} answers with JSON that holds no answer",
            "Look into the server's log, or name a server that speaks the OpenAI protocol.",
            passing=code not in WITHHELD,
            said=said or ", ".join(map(str, content)) or "{}",
            unanswered="withheld" if code in WITHHELD else "broken",
        )

    def declined(self, why: Unanswered, model: str, said: str = "") -> Trouble:
        """A reply that follows the protocol and holds no answer."""
        return Trouble(
            f"{self.address.base_url} gave no answer: {DECLINED[why]}",
            "Look at the prompt and the row, or choose another model.",
            passing=why == "empty",
            said=said,
            unanswered=why,
            model=model,
        )

    def redirected(self, status: int, target: str) -> Trouble:
        """The server sent us elsewhere; prompts, keys and answers are for this server alone."""
        shown = self.quote(_place(self.address.base_url, target)) if target else "no address"
        return Trouble(
            f"{self.address.base_url} redirects to {shown} with status {status}; a redirect is "
            "not followed, nothing was sent there",
            "If you trust that address with your prompts, write it after `@`.",
            passing=False,
        )

    def of_status(self, status: int, body: object, headers: Mapping[str, str]) -> Trouble:
        """The server said no."""
        said, code, parameter = _parts(body)
        url, model = self.address.base_url, self.address.model
        wait_s = wait_asked(headers)
        if status in (401, 403) and self.key.value is None:
            elsewhere = self.key.variable == OWN and os.environ.get(OPENAI)
            unused = f"; the one in {OPENAI} goes to {OPENAI_HOST} alone" if elsewhere else ""
            return Trouble(
                f"{url} wants a key and none is set",
                f"Set {self.key.variable} in the environment{unused}.",
                passing=False,
                said=said,
            )
        if status in (401, 403):
            return Trouble(
                f"{url} refuses the key with status {status}",
                f"Correct {self.key.variable} in the environment.",
                passing=False,
                said=said,
            )
        if status in (404, 405, 501):
            return Trouble(
                f"{url} knows no model {model}, or no such route",
                "Correct the model before `@` or the URL after it.",
                passing=False,
                said=said,
                absent=True,
            )
        if status == 402 or code == "insufficient_quota":
            return Trouble(
                f"{url} says that the account has no money left",
                "Top it up, then run the same command again.",
                passing=False,
                said=said,
            )
        asked = f" and asks to wait {wait_s:.0f} s" if (wait_s or 0) > LONGEST_WAIT_S else ""
        if status in PASSING or status >= 500:
            slower = "Lower requests_per_minute or concurrency, then run the same command again."
            return Trouble(
                f"{url} answers with status {status}{asked}",
                slower if status == 429 else "Run the same command again later.",
                passing=True,
                said=said,
                wait_s=wait_s,
            )
        return Trouble(
            f"{url} refuses the request with status {status}",
            "Correct what it names: the length of prompt and answer, the schema, or the model.",
            passing=False,
            said=said,
            unknown_parameter=_unsupported(code, parameter, said[:MUCH]),
            too_long=TOO_LONG.search(f"{code} {said[:MUCH]}") is not None,
            rejected=True,
            unanswered="withheld" if code in WITHHELD else None,
        )


@functools.lru_cache(maxsize=64)  # a server says the same again and again
def _without_values(text: str) -> str:
    from rungwise.data.personal.detect import structured
    from rungwise.data.personal.redact import redacted_line

    return redacted_line(text, structured())


def wait_asked(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: a number, or the time when it will be ready again."""
    for header, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        told = headers.get(header, "")
        if re.fullmatch(r"\d{1,12}(\.\d{0,12})?", told.strip()):
            return float(told) * unit
    try:
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _unsupported(code: str | None, parameter: str | None, said: str) -> str | None:
    """The parameter that a model does not take; a server may name it in its sentence alone."""
    if code == "unsupported_parameter" and parameter:
        return parameter
    if "max_completion_tokens" in said and parameter in (None, "None", "max_tokens"):
        return "max_tokens"
    if parameter == "temperature" or ("temperature" in said and UNSUPPORTED.search(said)):
        return "temperature"
    return None


def _place(base_url: str, target: str) -> str:
    """Where a redirect leads, without what may hold a password or a key."""
    plain = target.partition("?")[0].partition("#")[0]
    try:
        parts = urlsplit(urljoin(f"{base_url}/", plain))
    except ValueError:  # no URL at all
        return plain.rpartition("@")[2]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _parts(body: object) -> tuple[str, str | None, str | None]:
    """Message, code and parameter of an error's body, in the spellings that servers use."""
    inner: Any = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(inner, dict):
        said = inner.get("message") or inner.get("detail") or ""
        return str(said), str(inner.get("code")), str(inner.get("param"))
    text = inner if isinstance(inner, str) else ""
    return ("a web page" if text.lstrip()[:1] == "<" else text), None, None
