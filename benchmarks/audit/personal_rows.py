"""Rows with values that the public set lacks: IP addresses, keys and tokens, made at random."""

from __future__ import annotations

import base64
import ipaddress
import json
import random
import string
from collections.abc import Callable

CARRIERS = (
    "{}", "It came from {} last night", "(see {})", "value: {}; please delete it", "{} again?",
    "We logged {}, then nothing", "'{}' was rejected", "My colleague wrote {} into the ticket.",
)  # fmt: skip
ALPHANUMERIC = string.ascii_letters + string.digits
EACH = 200
"""Rows of each kind and form."""


def _drawn(chance: random.Random, alphabet: str, size: int) -> str:
    return "".join(chance.choices(alphabet, k=size))


def _ip4(chance: random.Random) -> str:
    """Of a host: 1.0.0.0 to 223.255.255.255 without loopback (RFC 6890)."""
    first = chance.choice([n for n in range(1, 224) if n != 127])
    return f"{first}." + ".".join(str(chance.randrange(256)) for _ in range(3))


def _ip6(chance: random.Random) -> str:
    """A global unicast address in the short form, some with groups of zeros (RFC 5952)."""
    number = 0x2 << 124 | chance.getrandbits(124)
    if chance.random() < 0.5:
        number &= ~(0xFFFFFFFFFFFF << 32)
    return str(ipaddress.IPv6Address(number))


def _slack(chance: random.Random) -> str:
    return f"xoxb-{_drawn(chance, string.digits, 12)}-{_drawn(chance, ALPHANUMERIC, 24)}"


def _token(chance: random.Random) -> str:
    """A JSON Web Token (RFC 7519)."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": str(chance.randrange(10**9))})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts]
    signed = [*encoded, base64.urlsafe_b64encode(chance.randbytes(32))]
    return ".".join(part.decode().rstrip("=") for part in signed)


FORMS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "IP version 4": ("ip", _ip4),
    "IP version 6": ("ip", _ip6),
    "AWS key": ("secret", lambda c: "AKIA" + _drawn(c, string.ascii_uppercase + "234567", 16)),
    "GitHub token": ("secret", lambda c: "ghp_" + _drawn(c, ALPHANUMERIC, 36)),
    "Slack token": ("secret", _slack),
    "JSON Web Token": ("secret", _token),
    "api_key=": ("secret", lambda c: _drawn(c, ALPHANUMERIC, 24)),
}  # fmt: skip
"""Form → kind, and how one value is drawn."""


def made(seed: int) -> tuple[list[str], list[list[tuple[int, int, str]]], list[str]]:
    """Texts, the true span of each (start, end, kind), and the form that it has."""
    chance = random.Random(seed)
    texts, spans, forms = [], [], []
    for form, (kind, draw) in FORMS.items():
        for _ in range(EACH):
            before, _, after = chance.choice(CARRIERS).partition("{}")
            before += "api_key=" if form == "api_key=" else ""
            value = draw(chance)
            texts.append(before + value + after)
            spans.append([(len(before), len(before) + len(value), kind)])
            forms.append(form)
    return texts, spans, forms
