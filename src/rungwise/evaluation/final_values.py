"""The value that an answer ends in: a number, or a short text, with reasoning or words around it.

A model that reasons writes many numbers, and the right one may be among them by chance. So the last
statement counts. It is looked for in this order, the last occurrence of each:

1. behind `####`, as the GSM8K data set writes it (Cobbe et al. 2021);
2. inside `\\boxed{…}`;
3. behind `answer is`, `answer:`, and the same of `result`, `total` and `solution`, up to the end of
   the clause;
4. for a number, the last number of the text; for a text, the whole of it.
"""

from __future__ import annotations

import re
from fractions import Fraction

from rungwise.evaluation.folding import folded
from rungwise.evaluation.numbers_within import NUMBER, SPELT, numbers_within

HASHES = re.compile(r"####\s*(.+)")
BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}")
STATED = re.compile(
    r"\b(?:answer|result|total|solution)\b(?:[^.:=\n]{0,40}?)(?:\s+is\b|\s+are\b|\s*:|\s*=)\s*",
    re.I,
)
CLAUSE_END = re.compile(r"[.!?](?=\s|$)|\n|[,;](?=\s)|\s(?=(?:because|since|so|which)\b)", re.I)
AROUND = re.compile(r"^[\s*_`\"'“”($£€]+|[\s*_`\"'“”).,;:!?%]+$")
UNIT_WORDS = 2
REJECTED = re.compile(
    r"(?:,?\s*\b(?:and|but)\s+)?\b(?:not|rather than|instead of)\s+(?:just\s+|only\s+)?"
    r"[$£€]?[-−]?\d[\d.,]*(?<!\.)",
    re.I,
)
"""A number that is turned down, beside the right one: `42, not 41`, `not 41, but 42`."""
SPACED = re.compile(r"[-+]?[$£€]?\d{1,3}(?: \d{3})+")
"""Thousands parted by spaces, if a text is nothing else."""


def final_number(text: str) -> Fraction | None:
    """The number that a text ends in; None where it has none.

    Thousands may be parted by a comma, an apostrophe, a space that does not break, or points if
    there are two or a decimal comma follows; a comma before any other number of digits than three
    is a decimal comma. Currencies, percent signs and units are left out, so `50 %` is 50, and
    `5 million` is multiplied. Dates, times, ratios and lists without spaces are no numbers. If
    there is no digit, words are read.
    """
    if SPACED.fullmatch(text.strip()):
        text = text.replace(" ", "")
    kept = REJECTED.sub("", text)
    for one in (_stated(kept), kept, text):
        if one is not None and (found := numbers_within(one)):
            return found[-1]
    return None


def states_number(text: str) -> bool:
    """Whether a number is said to be the answer, so that what follows changes nothing."""
    stated = _stated(text)
    return stated is not None and bool(numbers_within(stated))


def states_answer(text: str) -> bool:
    """Whether something is said to be the answer."""
    return bool(AROUND.sub("", _stated(text) or ""))


def final_answer(text: str) -> str:
    """The answer that a text ends in, without quotes, emphasis and the full stop around it."""
    stated = _stated(text)
    if stated is None or not AROUND.sub("", stated):
        stated = text
    return AROUND.sub("", stated.strip())


def other_currency(expected: str, output: str) -> bool:
    """Whether two amounts are in two currencies, or one is an amount and the other a percentage."""
    signs = [{*re.findall("[$£€¥%]", _stated(one) or one)} for one in (expected, output)]
    return bool(signs[0] and signs[1] and signs[0].isdisjoint(signs[1]))


def same_measure(expected: str, output: str) -> bool:
    """Whether a number with a unit of a word or two is answered, its unit left out or the same.

    As in `12 apples`, which `12`, `twelve apples` and `She has 12 apples left.` say.
    """
    found = NUMBER.match(expected.strip())
    unit = folded(expected.strip()[found.end() :]).split() if found else []
    if not 1 <= len(unit) <= UNIT_WORDS or not all(map(str.isalpha, unit)):
        return False
    told = folded(_stated(output) or output)
    after = [one.end() for one in (*NUMBER.finditer(told), *SPELT.finditer(told))]
    alone = bool(after) and not told[after[-1] :].strip(" .")
    with_unit = any(f"{told[end:].strip()} ".startswith(f"{' '.join(unit)} ") for end in after[-1:])
    return final_number(expected) == final_number(output) and (alone or with_unit)


def same_number(expected: str, output: str) -> bool:
    """Whether two texts end in the same number; two that hold none are compared as texts."""
    wanted = final_number(expected)
    if wanted is None:
        if any(map(str.isdigit, expected)):  # a date, a ratio
            return same_answer(expected, output)
        return folded(expected) == folded(output)
    return wanted == final_number(output)


def same_answer(expected: str, output: str) -> bool:
    """Whether two texts end in the same answer but for case, punctuation and articles."""
    return folded(final_answer(expected)) == folded(final_answer(output))


def _stated(text: str) -> str | None:
    """What follows the last mark of a final answer; None without a mark."""
    if hashes := HASHES.findall(text):
        return str(hashes[-1])
    if boxed := BOXED.findall(text):
        return str(boxed[-1])
    marks = list(STATED.finditer(text))
    if not marks:
        return None
    rest = text[marks[-1].end() :].lstrip()
    end = CLAUSE_END.search(rest)
    return rest[: end.start()] if end else rest
