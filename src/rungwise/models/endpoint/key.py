"""Which key a server gets: each key goes to one place, and never over an open line.

https://api.openai.com          OPENAI_API_KEY, else RUNGWISE_ENDPOINT_KEY
any other address               RUNGWISE_ENDPOINT_KEY
where the task names a variable that variable alone (`endpoint.key_variable`)

A variable that is set and empty means that no key is sent. Plain http is for the loopback alone.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from rungwise.errors import InputError
from rungwise.models.endpoint.address import Address

OWN, OPENAI = "RUNGWISE_ENDPOINT_KEY", "OPENAI_API_KEY"
OPENAI_HOST = "api.openai.com"


@dataclass(frozen=True, slots=True)
class Key:
    """A key and where it was found.

    Attributes:
        variable: The environment variable that was read.
        value: What is sent; None to send no key. It is in no representation of this object.
    """

    variable: str
    value: str | None = field(repr=False)


def key_for(address: Address, variable: str | None = None) -> Key:
    """Read the key of an address from the environment.

    Args:
        address: Where the key would be sent.
        variable: The variable that the task names; None for the usual ones.

    Raises:
        InputError: The named variable is not set or may not be sent there, the key holds what
            cannot be sent, or it would travel unencrypted. No message shows the key.
    """
    name = _named(address, variable) if variable is not None else _usual(address)
    value = os.environ.get(name, "").strip()
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise InputError(
            f"{name} holds a space, a line break or an accent, as no key does",
            "Copy the key again.",
        )
    if value and not is_private(address):
        raise InputError(
            f"The key in {name} would travel unencrypted to {address.base_url}",
            f"Write https in the URL, reach the server through localhost (an SSH tunnel), or set "
            f"{name} to nothing if the server needs no key.",
        )
    return Key(name, value or None)


def notice(address: Address, variable: str | None = None) -> str:
    """Which variable's key goes to which server, as a sentence; "" if no key is sent."""
    name = variable or _usual(address)
    if not os.environ.get(name, "").strip():
        return ""
    named = ", as `key_variable` asks" if variable else ""
    return f"Requests to {address.base_url} carry the key in {name}{named}."


def is_loopback(address: Address) -> bool:
    """Whether a request stays on this machine: localhost, 127.0.0.0/8 or ::1."""
    host = urlsplit(address.base_url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_private(address: Address) -> bool:
    """Whether nobody between here and the server can read along."""
    return urlsplit(address.base_url).scheme == "https" or is_loopback(address)


def is_openai(address: Address) -> bool:
    """Whether an address is OpenAI's own host, whatever the scheme."""
    parts = urlsplit(address.base_url)
    return parts.hostname == OPENAI_HOST and parts.port in (None, 443)


def _usual(address: Address) -> str:
    return OPENAI if is_openai(address) and os.environ.get(OPENAI) else OWN


def _named(address: Address, variable: str) -> str:
    if variable == OPENAI and not is_openai(address):
        raise InputError(
            f"The key in {OPENAI} goes to {OPENAI_HOST} alone, not to {address.base_url}",
            f"Set {OWN} for this server, or name another variable in `key_variable`.",
        )
    if variable not in os.environ:
        raise InputError(
            f"The environment variable {variable}, which `key_variable` names for "
            f"{address.base_url}, is not set",
            "Set it to the key, or to nothing if the server needs none.",
        )
    return variable
