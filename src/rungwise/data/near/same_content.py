"""Whether two short texts say the same: the same content words in the same order.

Of six words one makes the difference: `When did the ice age end` and `When did the ice age start`
share five. Shares of letters and weights cannot see that, and so a short pair is all but sure only
if what differs are words that carry little: articles, auxiliaries, possessives, prepositions such
as `of` and `for`, politeness. Question words, negations, pronouns of the subject, numbers, names
and every word that is in no list here are content. Endings (`card`, `cards`; `decline`,
`declined`) and a slip inside a long word are no difference.

From twelve words on, two content words of either may differ, if one of them is used by no other
row (a slip, a name, a handle) or ten others agree. Words that turn what is said must still agree.

The lists are English; in a text of another language every word counts, so that less is sure.
"""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.near.words import UNSPACED, Terms
from rungwise.data.normalise import wording

SHORT, MIDDLE = 12, 16
"""Different words of the smaller: below the first every content word counts, below the second few
may differ, and longer texts are judged by their shares alone."""
MANY = 10
"""Content words in common beside which few others make no odds."""
FEW = 2
"""Content words of either text that the other may lack."""
LONG_WORD = 7
"""Letters from which one edit inside a word is a slip of the typist, not another word."""
LIGHT_WORDS = (
    "a an the this that these those my your our its it me "
    "is are was were be been being am do does did has have had can could would may might "
    "s m ve re d ll "
    "of on in at for with by as to into there "
    "any some just also so then and "
    "please kindly thanks thank hi hello hey ok okay oh well um ya yeah u r"
)
LIGHT = frozenset(LIGHT_WORDS.split())
TURNING_WORDS = (
    "what who whose whom how why when where not no never none nor without "
    "i you he she we they him her us them his from before after off up down if or but"
)
TURNING = frozenset(TURNING_WORDS.split())
"""Words that turn what a text says, however long it is."""
"""Words that may be added, left out or exchanged."""
CONTRACTED = (
    (re.compile(r"\bcan t\b|\bcannot\b|\bcant\b"), "can not"),
    (re.compile(r"\bwon t\b|\bwont\b"), "will not"),
    (
        re.compile(r"\b(is|are|was|were|do|does|did|has|have|had|would|could|should)n ?t\b"),
        r"\1 not",
    ),
    (re.compile(r"\bi m\b|\bim\b"), "i am"),
    (re.compile(r"\bwhats\b"), "what is"),
    (re.compile(r"\bwhich\b"), "what"),
)
LEAST = 3
"""Letters that are left of a word without its ending."""


def same_content(texts: pl.Series, taken: Terms, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which pairs are long, or have the same content words in the same order.

    Args:
        texts: Normalised texts (n).
        taken: Their words.
        pairs: Row numbers (pairs, 2).

    Returns:
        Booleans (pairs).
    """
    size = np.diff(taken.present.indptr)
    smaller = size[pairs].min(axis=1, initial=MIDDLE)
    same: NDArray[np.bool_] = smaller >= MIDDLE
    short = np.flatnonzero(~same)
    rows = np.unique(pairs[short])
    spoken = wording(texts.gather(pl.Series(rows, dtype=pl.Int64)))
    words = dict(zip(rows.tolist(), spoken.str.replace_all(UNSPACED, " $1 "), strict=True))
    for place in short:
        one, other = (content(words[row]) for row in pairs[place].tolist())
        same[place] = _equal(one, other)
        if not same[place] and smaller[place] >= SHORT:
            own = [_own_words(words[row], row, taken) for row in pairs[place].tolist()]
            left = _unmatched(one, other)
            same[place] = _few_differ(left, own, agree=len(one) - len(left[0]))
    return same


def _own_words(wording: str, row: int, taken: Terms) -> set[str]:
    """The words of a row that no other row has."""
    terms = taken.present.indices[taken.present.indptr[row] : taken.present.indptr[row + 1]]
    spelt = sorted(set(wording.split()))  # in the order in which terms are numbered
    if len(spelt) != len(terms):
        return set()
    alone = taken.rows_with[terms] == 1
    return {word for word, own in zip(spelt, alone.tolist(), strict=True) if own}


def content(wording: str) -> list[str]:
    """The words of a text that carry its meaning, in order."""
    for pattern, written in CONTRACTED:
        wording = pattern.sub(written, wording)
    return [word for word in wording.split() if word not in LIGHT]


def _equal(one: list[str], other: list[str]) -> bool:
    return len(one) == len(other) and len(one) > 0 and all(map(_one_word, one, other))


def _few_differ(left: tuple[list[str], list[str]], own: list[set[str]], agree: int) -> bool:
    """Whether few words differ, beside many or one that nobody else uses, and none turns much."""
    slight = all(
        len(words) <= FEW and not any(word in TURNING or not word.isalpha() for word in words)
        for words in left
    )
    odd = any(word in alone for words, alone in zip(left, own, strict=True) for word in words)
    return slight and (odd or agree >= MANY)


def _unmatched(one: list[str], other: list[str]) -> tuple[list[str], list[str]]:
    """Words that are not of the longest sequence that both have in common."""
    rows, columns = len(one), len(other)
    longest = np.zeros((rows + 1, columns + 1), np.int64)
    for row in range(rows - 1, -1, -1):
        for column in range(columns - 1, -1, -1):
            longest[row, column] = (
                longest[row + 1, column + 1] + 1
                if _one_word(one[row], other[column])
                else max(longest[row + 1, column], longest[row, column + 1])
            )
    row = column = 0
    mine: list[str] = []
    theirs: list[str] = []
    while row < rows and column < columns:
        if _one_word(one[row], other[column]):
            row, column = row + 1, column + 1
        elif longest[row + 1, column] >= longest[row, column + 1]:
            mine.append(one[row])
            row += 1
        else:
            theirs.append(other[column])
            column += 1
    return [*mine, *one[row:]], [*theirs, *other[column:]]


def _one_word(one: str, other: str) -> bool:
    if one == other:
        return True
    if not (one.isalpha() and other.isalpha()):
        return False
    return bool(_stems(one) & _stems(other)) or _slip(one, other)


def _stems(word: str) -> set[str]:
    """The word without its plural, and what it may come from: `moved` is `mov`, `move`."""
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return {word[:-2]}
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > LEAST:
        return {word[:-1]}
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= LEAST:
            return {stem, f"{stem}e", *([stem[:-1]] if stem[-1] == stem[-2] else [])}
    return {word}


def _slip(one: str, other: str) -> bool:
    from rapidfuzz.distance import OSA

    if min(len(one), len(other)) < LONG_WORD or one[0] != other[0] or one[-1] != other[-1]:
        return False
    return OSA.distance(one, other) == 1
