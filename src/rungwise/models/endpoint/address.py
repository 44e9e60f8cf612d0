"""How a task names an endpoint: `endpoint:MODEL@BASE_URL`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from rungwise.errors import ModelError
from rungwise.objects import digest_json

PREFIX = "endpoint:"
SPELT = re.compile(rf"{PREFIX}(?P<model>.*\S)@(?P<url>https?://.*)")
SPELLING = "Write `endpoint:MODEL@BASE_URL`, such as endpoint:smollm2@http://127.0.0.1:8080/v1."


@dataclass(frozen=True, slots=True)
class Address:
    """A model on a server.

    Attributes:
        model: As the server calls it.
        base_url: Where the routes of the OpenAI protocol begin, without a slash at the end.
    """

    model: str
    base_url: str

    @property
    def name(self) -> str:
        """As a task names it."""
        return f"{PREFIX}{self.model}@{self.base_url}"

    @property
    def digest(self) -> str:
        """Of the URL and the model's name: the weights behind them are not ours to see."""
        return digest_json({"endpoint": self.base_url, "model": self.model})


def is_endpoint(name: str) -> bool:
    """Whether a model's name speaks of an endpoint; it may still be misspelt."""
    return name.startswith(PREFIX)


def parse(name: str) -> Address:
    """Read `endpoint:MODEL@BASE_URL`; the model may hold `@`, `/` and `:` itself.

    Raises:
        ModelError: It is spelt otherwise, or its URL holds more than a place, such as a password.
    """
    found = SPELT.fullmatch(name.strip())
    if found is None:
        raise ModelError(f"{_without_secrets(name)!r} names no endpoint", SPELLING)
    model, url = found["model"], found["url"].rstrip("/")
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:  # a port that is no number, a broken IPv6 address
        usable = False
    if not usable:
        raise ModelError(f"The URL of {_without_secrets(name)!r} cannot be used", SPELLING)
    if parts.username is not None or parts.query or parts.fragment:
        raise ModelError(
            f"The URL of the endpoint for {model} holds more than a place",
            "Leave out passwords, `?` and `#`; a key belongs into RUNGWISE_ENDPOINT_KEY.",
        )
    return Address(model, url)


def _without_secrets(name: str) -> str:
    """The name for a message: whatever may hold a password or a key is left out."""
    start, mark, rest = name.partition("://")
    place = rest.partition("?")[0].partition("#")[0].rpartition("@")[2]
    return f"{start}{mark}{place}"[:120]
