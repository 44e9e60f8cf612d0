"""Sentences that nobody wrote, with the places of the people, addresses and numbers in them.

Templates are the lines of `personal_templates`: `{slot}` is filled by `personal_values`, of
`[one|two|]` one is taken. Every eighth line, with names of its own, is held out.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path

from benchmarks.audit.personal_scores import Spans
from benchmarks.audit.personal_typing import mistyped
from benchmarks.audit.personal_values import Values

FOLDER = Path(__file__).with_name("personal_templates")
CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
SLOT = re.compile(r"\{(X?[a-z0-9]+)\}")
KINDS = {"name": "name", "first": "name", "last": "name", "formal": "name", "address": "address",
         "street": "address", "streetaddress": "address", "phone": "phone"}  # fmt: skip
"""Slots that are personal, by the kind of their value."""


def templates(held_out: bool) -> list[str]:
    """Lines, of every file the same share."""
    lines = [
        (file.stem, line)
        for file in sorted(FOLDER.glob("*.txt"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    return [
        _unnamed(line) if stem.startswith("nobody") else line
        for stem, line in lines
        if (zlib.crc32(line.encode()) % 8 == 0) == held_out
    ]


def _unnamed(line: str) -> str:
    """In rows about nobody a surname is part of another name."""
    return line.replace("{last}", "{Xlast}").replace("{first}", "{Xfirst}")


def sentences(count: int, seed: int, held_out: bool) -> tuple[list[str], list[Spans]]:
    """Texts and true spans (start, end, kind), kinds as `personal.known` calls them."""
    values, lines = Values(seed, held_out), templates(held_out)
    chance = values.chance
    texts, spans = [], []
    for _ in range(count):
        parts = chance.choices((1, 2, 3), (70, 20, 10))[0]
        text, found = "", list[tuple[int, int, str]]()
        for _ in range(parts):
            text += chance.choice((" ", " ", "\n")) if text else ""
            more, own = _filled(chance.choice(lines), values)
            found += [(start + len(text), end + len(text), kind) for start, end, kind in own]
            text += more
        text, found = mistyped(text, found, chance)
        texts.append(_cased(text, chance.random()))
        spans.append(found)
    return texts, [*spans]


def _filled(line: str, values: Values) -> tuple[str, list[tuple[int, int, str]]]:
    while (found := CHOICE.search(line)) is not None:
        line = (
            line[: found.start()] + values.chance.choice(found[1].split("|")) + line[found.end() :]
        )
    text, spans, reached = "", [], 0
    for slot in SLOT.finditer(line):
        name = slot[1].removeprefix("X")
        if name not in values.slots:
            raise ValueError(f"No value for {{{name}}} in {line!r}")
        text += line[reached : slot.start()]
        value = values.slots[name]()
        if name in KINDS and not slot[1].startswith("X"):
            spans.append((len(text), len(text) + len(value), KINDS[name]))
        text += value
        reached = slot.end()
    return text + line[reached:], spans


def _cased(text: str, draw: float) -> str:
    """As people type; only changes that keep every place."""
    changed = text
    if draw < 0.22:
        changed = text.lower()
    elif draw < 0.25:
        changed = text.upper()
    elif draw < 0.28:
        changed = text.title()
    return changed if len(changed) == len(text) else text
