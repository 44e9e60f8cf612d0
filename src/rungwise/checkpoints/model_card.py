"""The languages that a model's card states: the `language` of README.md's front matter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

FILE = "README.md"
LARGEST = 1 << 16
"""Bytes of a card that are read."""
FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---", re.DOTALL)
ANY = "multilingual"
"""What a card states instead of a list."""


def languages(folder: Path) -> frozenset[str]:
    """ISO 639 codes, such as `en`, or `multilingual`; empty if the card states none.

    A card is an outsider's text: what cannot be read states nothing.
    """
    try:
        with (folder / FILE).open("rb") as file:
            text = file.read(LARGEST).decode("utf-8", "replace")
    except OSError:
        return frozenset()
    front = FRONT.match(text)
    if front is None:
        return frozenset()
    try:
        content: Any = yaml.load(front[1], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return frozenset()
    stated = content.get("language", []) if isinstance(content, dict) else []
    listed = stated if isinstance(stated, list) else [stated]
    return frozenset(code for each in listed if (code := _code(each)))


def _code(stated: Any) -> str | None:
    """`en` of `en-US`, `EN` or `en_GB`."""
    if not isinstance(stated, str):
        return None
    plain = stated.strip().lower()
    return ANY if plain in (ANY, "multi") else re.split(r"[-_]", plain)[0] or None
