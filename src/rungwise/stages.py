"""Stages of releases: what is in production, since when, and who decided (R72).

A release is a *candidate* when it is made. The *champion* is the one in production; it is *retired*
when another takes its place. Stages are a fold over the ledger's entries of the kind `stage`, so no
file says what is in production and none can disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Stage = Literal["candidate", "champion", "retired"]


@dataclass(frozen=True, slots=True)
class Promotion:
    """A named person put a release into production.

    Attributes:
        version: Which release.
        back: Whether this took back the promotion before it.
        name: Who decided.
        role: In which role.
        reason: Why.
        time: ISO 8601 in UTC.
        automatic: Whether `policy.refresh.promote: auto` decided in that name.
    """

    version: str
    back: bool
    name: str
    role: str
    reason: str
    time: str
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class InProduction:
    """One release in production, from one decision to the next.

    Attributes:
        version: Which release.
        since: ISO 8601 in UTC.
        until: The same; "" for the champion of today.
        manifest: Digest of what answered.
        decision: Who put it there, and why.
    """

    version: str
    since: str
    until: str
    manifest: str
    decision: Promotion


def champions(promotions: Iterable[Promotion]) -> list[str]:
    """Versions that rollbacks return to, oldest first; the last is the champion."""
    stack: list[str] = []
    for promotion in promotions:
        if promotion.back and len(stack) > 1:
            stack.pop()
        else:
            stack.append(promotion.version)
    return stack


def champion(promotions: Iterable[Promotion]) -> str | None:
    """The version in production; None before the first promotion."""
    stack = champions(promotions)
    return stack[-1] if stack else None


def stages(versions: Iterable[str], promotions: Sequence[Promotion]) -> dict[str, Stage]:
    """Version → its stage, in the order of `versions`."""
    served, now = {promotion.version for promotion in promotions}, champion(promotions)

    def stage(version: str) -> Stage:
        if version == now:
            return "champion"
        return "retired" if version in served else "candidate"

    return {version: stage(version) for version in versions}
