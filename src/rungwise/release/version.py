"""Versions of a release: v1.0, its refresh v1.1, … and v2.0 for a new base or task (R72)."""

from __future__ import annotations

import re
from collections.abc import Iterable

PATTERN = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)")


def following(versions: Iterable[str], *, major: bool = False) -> str:
    """The version after the newest one; names that are no version do not count.

    Args:
        versions: Those that exist.
        major: Whether the next one has another base or another task.
    """
    known = [parsed for name in versions if (parsed := _parse(name))]
    if not known:
        return "v1.0"
    newest, minor = max(known)
    return f"v{newest + 1}.0" if major else f"v{newest}.{minor + 1}"


def is_version(name: str) -> bool:
    """Whether a name is written as a version."""
    return _parse(name) is not None


def _parse(name: str) -> tuple[int, int] | None:
    match = PATTERN.fullmatch(name)
    return (int(match[1]), int(match[2])) if match else None
