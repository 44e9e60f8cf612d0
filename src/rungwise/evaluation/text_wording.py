"""Whether two answers to one question differ in their words alone, as far as rules can see."""

from __future__ import annotations

import re

HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
WORD = re.compile(r"\w+(?:[.,:]\d+)*")
NEGATION = re.compile(r"\b(no|not|never|none|nor|neither|nobody|nothing|without|cannot)\b|n['’]t\b")
OPENING = re.compile(r"[.!?:\n]\W*$")
BEFORE = 6
"""Characters before a word in which the end of another sentence is looked for."""
LONG = 3
"""Letters from which a word that is quoted from the question must be in both answers."""


def another_wording(asked: str, expected: str, output: str) -> bool:
    """Whether both answers have the same names, numbers and negation, and quote the same words.

    What the right answer takes from the question, its words in capitals and its numbers must stand
    in the other, which may add no name or number that is in neither. Antonyms are not seen. The
    rule is for languages that write names, and no other nouns, in capitals.

    Args:
        asked: The question; facts such as `familyFriendly[no]` are read as their words.
        expected: The right answer.
        output: Another one.
    """
    question, right, told = (_words(text) for text in (asked, expected, output))
    quoted = {word for word in right & question if len(word) >= LONG}
    known = quoted | _names(expected)
    return (
        bool(quoted)
        and known <= told
        and _names(output) <= question | right
        and bool(NEGATION.search(expected.lower())) == bool(NEGATION.search(output.lower()))
    )


def _words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(HUMP.sub(" ", text))}


def _names(text: str) -> set[str]:
    """Words with a capital that no sentence begins with, and numbers, in small letters."""
    text = HUMP.sub(" ", text)
    return {
        found.group().lower()
        for found in WORD.finditer(text)
        if found.group()[0].isdigit()
        or (found.group()[0].isupper() and not _begins(text, found.start()))
    }


def _begins(text: str, place: int) -> bool:
    """Whether a word has its capital from beginning a sentence."""
    before = text[max(0, place - BEFORE) : place]
    return bool(OPENING.search(before)) or (place <= BEFORE and not WORD.search(before))
