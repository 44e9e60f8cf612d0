"""Made-up sentences that share nothing but chance, for tests of near copies."""

from __future__ import annotations

import random

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def vocabulary(count: int, seed: int) -> list[str]:
    """Different made-up words."""
    chooser = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chooser.choices(LETTERS, k=chooser.randint(3, 9)))] = None
    return list(found)


def sentences(count: int, seed: int, length: int = 14) -> list[str]:
    """Sentences whose words are as unevenly frequent as in language (Zipf's law)."""
    words = vocabulary(2_000, seed)
    chooser = random.Random(seed)
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    return [" ".join(chooser.choices(words, weights, k=length)) for _ in range(count)]


def edited(text: str, changes: int, seed: int) -> str:
    """The text with so many of its words replaced by new ones."""
    chooser = random.Random(seed)
    words = text.split()
    for place in chooser.sample(range(len(words)), changes):
        words[place] = "".join(chooser.choices(LETTERS, k=6))
    return " ".join(words)
