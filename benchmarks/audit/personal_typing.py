"""Typing errors in the words of made sentences that are no part of a person, address or number.

Who writes to a bank in a hurry writes words that no dictionary has, and a word that no dictionary
has looks like a name. Errors are those that keys make: a letter left out, doubled, swapped with the
next, hit beside its key, or a space left out.
"""

from __future__ import annotations

import random
import re

from benchmarks.audit.personal_scores import Spans

WORD = re.compile(r"[a-zA-Z]{2,}")
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SENTENCES, WORDS = 0.15, 0.12
"""Share of sentences with errors, and of the words in these."""


def mistyped(
    text: str, spans: Spans, chance: random.Random
) -> tuple[str, list[tuple[int, int, str]]]:
    """The text with errors outside its spans, and where the spans are now."""
    if chance.random() >= SENTENCES:
        return text, [*spans]
    parts, moved, reached, size = [], [], 0, 0
    for start, end, kind in sorted(spans):
        part = _errors(text[reached:start], chance)
        parts += [part, text[start:end]]
        moved.append((size + len(part), size + len(part) + end - start, kind))
        size, reached = moved[-1][1], end
    return "".join([*parts, _errors(text[reached:], chance)]), moved


def _errors(text: str, chance: random.Random) -> str:
    typed = WORD.sub(
        lambda word: _error(word[0], chance) if chance.random() < WORDS else word[0], text
    )
    joined = chance.random() < WORDS
    return re.sub(r"(?<=[a-z]) (?=[a-z])", "", typed, count=1) if joined else typed


def _error(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word) - 1)
    one, two = word[at], word[at + 1]
    return word[:at] + chance.choice([
        two,
        one,
        one + one + two,
        two + one,
        _beside(one, chance) + two,
        one + _beside(two, chance),
    ]) + word[at + 2 :]  # fmt: skip


def _beside(letter: str, chance: random.Random) -> str:
    """A neighbour on the keyboard, in the same case."""
    for row in ROWS:
        place = row.find(letter.lower())
        if place >= 0:
            near = chance.choice(row[max(0, place - 1) : place] + row[place + 1 : place + 2])
            return near.upper() if letter.isupper() else near
    return letter
