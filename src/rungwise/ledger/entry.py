"""One entry of the ledger, and the hash that chains it to the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rungwise.objects import canonical, digest_bytes

GENESIS = "0" * 64
"""What the first entry names as its predecessor."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was written, when, and where it stands in the chain.

    Attributes:
        sequence: 1 for the first entry, then without gaps.
        kind: One of `rungwise.ledger.kinds.KINDS`.
        payload: JSON; always holds `time`.
        previous: Hash of the entry before, or `GENESIS`.
        hash: `fingerprint` of the four stored fields.
        time: When it was written, ISO 8601 in UTC.
    """

    sequence: int
    kind: str
    payload: Mapping[str, Any]
    previous: str
    hash: str
    time: str


def fingerprint(sequence: int, kind: str, payload: str, previous: str) -> str:
    """Sha256 of an entry's stored fields; `payload` is the text exactly as it is stored.

    Text that was damaged into invalid UTF-8 arrives with lone surrogates; it hashes to
    something else rather than failing, so that verification can name the entry.
    """
    chained = canonical([sequence, kind, payload, previous])
    return digest_bytes(chained.encode("utf-8", "surrogatepass"))
