"""Texts that a seed draws, none near another, and copies of them with words changed."""

from __future__ import annotations

import random

WORDS = [
    f"{start}{middle}{end}" for start in "bdfgklmn" for middle in "aeiou" for end in "rtsnlmkp"
]


def texts(draw: random.Random, count: int) -> list[str]:
    """Texts of twelve words, none near another."""
    return [" ".join(draw.sample(WORDS, 12)) for _ in range(count)]


def edited(text: str, draw: random.Random, changes: int) -> str:
    """The text with so many words replaced."""
    words = text.split()
    for place in draw.sample(range(len(words)), changes):
        words[place] = draw.choice(WORDS)
    return " ".join(words)
