"""Versions of a release: v1.0, then v1.1, … (R72)."""

from __future__ import annotations

import re
from collections.abc import Iterable

PATTERN = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)")


def following(versions: Iterable[str]) -> str:
    """The version after the newest one; names that are no version do not count."""
    known = [parsed for name in versions if (parsed := _parse(name))]
    if not known:
        return "v1.0"
    major, minor = max(known)
    return f"v{major}.{minor + 1}"


def is_version(name: str) -> bool:
    """Whether a name is written as a version."""
    return _parse(name) is not None


def _parse(name: str) -> tuple[int, int] | None:
    match = PATTERN.fullmatch(name)
    return (int(match[1]), int(match[2])) if match else None
