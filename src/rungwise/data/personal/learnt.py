"""Spans from what a learnt reader thinks of each piece of a text.

A word counts as personal where the chance that it is not is small enough; words of one kind in a
row are one value. What the words are of their own form (a number without digits, say) is looked at
last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_DIGITS = 7
"""As the rules ask for: fewer are the numbers of orders, bills and houses."""
NO_NAMES = frozenset(
    {"best", "br", "cheers", "dear", "greetings", "hello", "hi", "kind", "regards", "sent"}
    | {"sincerely", "thanks", "yours"}
)
"""Words that begin or end a letter or are marks of HTML; nobody is called one of them alone."""
LONGEST_SHORT = 4
"""Letters of the longest word in capitals that is rather short for something: `SEPA`, `PIN`."""
NUMBER = re.compile(r"[\d\s().+/-]+(?:(?:x|ext\.?|extension)\s?\d+)?", re.IGNORECASE)
"""Digits as they are grouped; words between them make a sum of it."""
SIGNS = re.compile(
    r"(?<!\w)[@#]\w+|https?://\S+|\bwww\.\S+|\S+@\S+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|io|co|ly|me|info|biz|[a-z]{2})(?:/\S*|\b(?!\.\w))"
)
"""Handles, hashtags and addresses on the internet: who bears them no reader of words can tell."""


def values(
    text: str,
    starts: Sequence[int],
    ends: Sequence[int],
    chances: NDArray[np.float32],
    kinds: Sequence[str],
    least: float,
) -> list[tuple[int, int, str]]:
    """Start, end (exclusive) and kind of every value in one text, in order.

    Args:
        text: The raw cell.
        starts: Where each piece begins, in code points (pieces).
        ends: Where it ends, exclusive (pieces).
        chances: Of each piece to be of no kind, and of each of `kinds` (pieces, 1 + kinds).
        kinds: What the columns but the first stand for.
        least: From this chance on a word is personal.
    """
    found: list[list[int]] = []
    last = -1
    for begin, stop in _words(text, starts, ends):
        mean = chances[begin:stop].mean(0)
        kind = int(mean[1:].argmax()) if 1 - mean[0] >= least else -1
        if kind >= 0 and kind == last:
            found[-1][1] = ends[stop - 1]
        elif kind >= 0:
            found.append([starts[begin], ends[stop - 1], kind])
        last = kind
    trimmed = (_trimmed(text, start, end, kinds[kind]) for start, end, kind in found)
    signs = [one.span() for one in SIGNS.finditer(text)]
    return [span for span in trimmed if _may_be(text, *span) and not _overlaps(span, signs)]


def _words(text: str, starts: Sequence[int], ends: Sequence[int]) -> list[tuple[int, int]]:
    """First and last (exclusive) piece of every word: pieces that touch, letters or digits."""
    words: list[tuple[int, int]] = []
    for place, start in enumerate(starts):
        touches = place > 0 and ends[place - 1] == start and text[start - 1 : start + 1].isalnum()
        words.append((words.pop()[0], place + 1) if touches else (place, place + 1))
    return words


def _trimmed(text: str, start: int, end: int, kind: str) -> tuple[int, int, str]:
    """Without punctuation at either end, and without `'s`."""
    while start < end and not (text[start].isalnum() or text[start] in "(+"):
        start += 1
    if kind == "name" and text[start:end].endswith(("'s", "’s")):
        end -= 2
    while start < end and not (text[end - 1].isalnum() or text[end - 1] == ")"):
        end -= 1
    return start, end, kind


def _may_be(text: str, start: int, end: int, kind: str) -> bool:
    """Whether the form of a value speaks against its kind."""
    value = text[start:end]
    if kind == "phone":
        digits = sum(sign.isdigit() for sign in value)
        return digits >= LEAST_DIGITS and NUMBER.fullmatch(value) is not None
    if sum(sign.isalpha() for sign in value) < 2:
        return False
    if kind == "address":
        one_case = value[1:].islower() or value.isupper()  # a town; a code has both, or digits
        return len(value.split()) > 1 or (value.isalpha() and one_case)
    if value.lower() in NO_NAMES:
        return False
    shouted = value.isupper() and len(value) <= LONGEST_SHORT and not text.isupper()
    return not shouted and not any(sign.isdigit() for sign in value)


def _overlaps(span: tuple[int, int, str], places: Sequence[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in places)
