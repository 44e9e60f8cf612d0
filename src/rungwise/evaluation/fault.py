"""One thing that is wrong with an answer, and whether it is what the answer says (R32, R34)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["content", "limit", "structure", "form"]
"""What the answer says, the longest answer, which fields it has, and how it is written."""
ORDER: tuple[Kind, ...] = ("content", "limit", "structure", "form")
"""In which faults are listed: the first names the group."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A name that stays, as it goes on record, and its kind."""

    name: str
    kind: Kind


def of_form_alone(faults: tuple[Fault, ...]) -> bool:
    """Whether an answer says what is right, and only says it otherwise (R34)."""
    return bool(faults) and all(one.kind in ("form", "structure") for one in faults)


def ordered(faults: list[Fault]) -> tuple[Fault, ...]:
    """Each once, what the answer says before how it is written."""
    return tuple(sorted(dict.fromkeys(faults), key=lambda one: ORDER.index(one.kind)))
