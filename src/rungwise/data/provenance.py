"""Where each file comes from and under which licence it may be used (R18, R19)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rungwise.data_section import Data


@dataclass(frozen=True, slots=True)
class Provenance:
    """One file of the task.

    Attributes:
        file: Its path as the task writes it.
        digest: Its sha256 when the split was made.
        licence: As the user named it, or None where nobody said.
        origin: Where it comes from, in the user's words, or None.
    """

    file: str
    digest: str
    licence: str | None
    origin: str | None


def provenance(data: Data, sources: Mapping[str, str]) -> tuple[Provenance, ...]:
    """What is known of every file, in the order of `sources`.

    Args:
        data: The task's `data` section.
        sources: Path as written in the task → sha256, as the split has it on record.
    """
    return tuple(
        Provenance(file, digest, _said(data.licence, file), _said(data.origin, file))
        for file, digest in sources.items()
    )


def _said(given: str | Mapping[str, str] | None, file: str) -> str | None:
    value = given.get(file) if isinstance(given, Mapping) else given
    return value.strip() or None if value else None
