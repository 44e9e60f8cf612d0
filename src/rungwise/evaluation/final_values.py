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

HASHES = re.compile(r"####\s*(.+)")
BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}")
STATED = re.compile(
    r"\b(?:answer|result|total|solution)\b(?:[^.:=\n]{0,40}?)(?:\s+is\b|\s+are\b|\s*:|\s*=)\s*",
    re.I,
)
CLAUSE_END = re.compile(r"[.!?](?=\s|$)|\n|[,;](?=\s)|\s(?=(?:because|since|so|which)\b)", re.I)
NUMBER = re.compile(
    r"(?<![\w.,])(?P<sign>[-+−](?=[\d.$£€]))?[$£€]?\s?(?P<sign2>[-−](?=[\d.]))?"
    r"(?P<number>\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)?|\.\d+)"
    r"(?:\s?/\s?(?P<under>\d+)(?![\d/]))?(?:e(?P<power>[-+]?\d{1,3})\b)?"
)
"""Not a digit within a word (`A4`), and not the minus of a difference (`10-5`)."""
GROUPED = re.compile(r"\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?")
ASIDE = re.compile(r"(?<=\w)\s*\([^()]*\)")
"""As in `3 miles (4.8 km)`: no final value, if there is one beside it."""
AROUND = re.compile(r"^[\s*_`\"'“”($£€]+|[\s*_`\"'“”).,;:!?%]+$")
UNIT = re.compile(r"[\s*_`()\"']*[%°€£$]?[\s*_`()\"'.]*$")
SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS = re.compile(
    rf"\b(?:({'|'.join(TENS)})(?:[- ]({'|'.join(SMALL[1:10])}))?|({'|'.join(SMALL)}))\b"
)


def final_number(text: str) -> Fraction | None:
    """The number that a text ends in; None where it has none.

    Thousands may be parted by a comma or a space that does not break; a comma before any other
    number of digits than three is a decimal comma. Currencies, percent signs and units are left
    out, so `50 %` is 50. If there is no digit, words from zero to ninety-nine are read.
    """
    stated = _stated(text)
    found = _numbers(stated) if stated is not None else []
    found = found or _numbers(text)
    return found[-1] if found else None


def states_number(text: str) -> bool:
    """Whether a number is said to be the answer, so that what follows changes nothing."""
    stated = _stated(text)
    return stated is not None and bool(_numbers(stated))


def states_answer(text: str) -> bool:
    """Whether something is said to be the answer."""
    return bool(AROUND.sub("", _stated(text) or ""))


def final_answer(text: str) -> str:
    """The answer that a text ends in, without quotes, emphasis and the full stop around it."""
    stated = _stated(text)
    if stated is None or not AROUND.sub("", stated):
        stated = text
    return AROUND.sub("", stated.strip())


def is_number(text: str) -> bool:
    """Whether the whole of a text is one number; a currency or a percent sign may stand by it.

    Not with a unit in letters, which may be another one: `9000 BP` is not `9000 BCE`.
    """
    found = NUMBER.match(text.strip().lstrip("*_`\"'("))
    if found is None:
        return False
    rest = text.strip().lstrip("*_`\"'(")[found.end() :]
    return bool(UNIT.fullmatch(rest))


def same_number(expected: str, output: str) -> bool:
    """Whether two texts end in the same number; two that hold none are compared as texts."""
    wanted = final_number(expected)
    if wanted is None:
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


def _numbers(text: str) -> list[Fraction]:
    found = [_value(one) for one in NUMBER.finditer(ASIDE.sub(" ", text))]
    if found:
        return found
    found = [_value(one) for one in NUMBER.finditer(text)]
    if found:
        return found
    return [_of_words(*one.groups()) for one in WORDS.finditer(text.lower())]


def _value(found: re.Match[str]) -> Fraction:
    written = found["number"]
    if GROUPED.fullmatch(written):
        written = re.sub(r"[,\u00a0\u202f]", "", written)
    value = Fraction(written.replace(",", "."))
    if found["under"] and int(found["under"]):
        value /= int(found["under"])
    if found["power"]:
        value *= Fraction(10) ** int(found["power"])
    return -value if (found["sign"] or found["sign2"] or "+") in "-−" else value


def _of_words(tens: str | None, ones: str | None, small: str | None) -> Fraction:
    if small is not None:
        return Fraction(SMALL.index(small))
    return Fraction(10 * (TENS.index(tens or "") + 2) + (SMALL.index(ones) if ones else 0))
