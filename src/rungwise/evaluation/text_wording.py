"""Whether two answers to one question have the same names and numbers, in other words."""

from __future__ import annotations

import re
import unicodedata

HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
WORD = re.compile(r"(?:(?<!\w)[-+<>≤≥~])?[£$€]?\d+(?:[.,:]\d+)*%?|\w+(?:\+\+|#)?")
"""With the signs that belong to it: `-3` is not `+3`, and `C++` is not `C`."""
NEGATION = re.compile(r"\b(no|not|never|none|nor|neither|nobody|nothing|without|cannot)\b|n['’]t\b")
OPENING = re.compile(r"(?<!\b[A-Z])(?<!\b[A-Z][a-z])(?<!\b[A-Z][a-z]{2})[.!?\n]\W*$")
"""The end of a sentence, and not of a title: `Mr.`, `Dr.`, `Mrs.`, `S.`"""
BEFORE = 8
"""Characters before a word in which the end of another sentence is looked for."""
LONG = 3
"""Letters from which a word that is quoted from the question must be in both answers."""


def another_wording(asked: str, expected: str, output: str) -> bool:
    """Whether both answers have the same names, numbers and negation, and quote the same words.

    What the right answer takes from the question, its words in capitals and its numbers must stand
    in the other, which may add no name or number that is in neither. What else differs may still
    be the meaning: `open` and `closed` are other words, and a name that begins a sentence is not
    seen as one. The rule is for languages that write names, and no other nouns, in capitals.

    Args:
        asked: The question; facts such as `familyFriendly[no]` are read as their words.
        expected: The right answer.
        output: Another one.
    """
    asked, expected, output = (_plain(text) for text in (asked, expected, output))
    question, right, told = (words(text) for text in (asked, expected, output))
    quoted = {word for word in right & question if len(word) >= LONG}
    known = quoted | names(expected)
    return (
        bool(quoted)
        and known <= told
        and names(output) <= question | right
        and bool(NEGATION.search(expected.lower())) == bool(NEGATION.search(output.lower()))
    )


def numbers(text: str) -> set[str]:
    """The numbers of a text that are written in digits."""
    found = (one.group() for one in WORD.finditer(_plain(text)))
    return {word for word in found if any(letter.isdigit() for letter in word)}


def words(text: str) -> set[str]:
    """The words of a text, in small letters, numbers with their signs."""
    return {word.lower() for word in WORD.findall(text)}


def names(text: str) -> set[str]:
    """Words with a capital that no sentence begins with, and numbers, in small letters."""
    return {
        found.group().lower()
        for found in WORD.finditer(text)
        if any(letter.isdigit() for letter in found.group())
        or (found.group()[0].isupper() and not _begins(text, found.start()))
    } - {"i"}


def _plain(text: str) -> str:
    """One way to write an accent, a number of thousands, and words that were put together."""
    plain = unicodedata.normalize("NFC", text).replace("\N{MINUS SIGN}", "-")
    return THOUSANDS.sub("", HUMP.sub(" ", plain))


def _begins(text: str, place: int) -> bool:
    """Whether a word has its capital from beginning a sentence."""
    before = text[max(0, place - BEFORE) : place]
    return bool(OPENING.search(before)) or (place <= BEFORE and not WORD.search(before))
