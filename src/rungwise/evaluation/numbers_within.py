"""Numbers in a text, by value: thousands, fractions, signs, powers, scales, and number words."""

from __future__ import annotations

import re
from fractions import Fraction

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Letters of scripts that write a number beside a word without a space."""
GROUP = r"[1-9]\d{0,2}(?:[,\u00a0\u202f'’]\d{3})+(?:\.\d+)?"
GROUP_BY_POINTS = r"[1-9]\d{0,2}(?:(?:\.\d{3}){2,}(?:,\d+)?|\.\d{3},\d+)"
"""`1.234.567` and `1.234,5`; `1.234` alone is a little more than one."""
SCALES = {
    "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
NUMBER = re.compile(
    rf"(?<![^\W{UNSPACED}])(?<![.,])"
    r"(?P<sign>[-+−–](?=[\d.$£€])|(?<![\d)]\s)(?:\b(?:minus|negative)|−)\s+(?=[\d.$£€]))?"
    r"[$£€]?\s?(?P<sign2>[-−–](?=[\d.]))?"
    rf"(?P<number>(?:{GROUP_BY_POINTS}|{GROUP})(?!\d)|\d++(?:[.,]\d++)?+|\.\d+)(?![.,]\d)"
    r"(?:(?:\s(?P<over>\d+))?\s?/\s?(?P<under>\d+)(?![\d/]))?"
    r"(?:e(?P<power>[-+]?\d{1,3})\b|\s?[×x*·]\s?10(?:\^|\*\*)\{?(?P<ten>[-+−]?\d{1,3})\}?)?"
    rf"(?P<scale>(?:[\s-](?:{'|'.join(SCALES)})\b)+)?",
    re.I,
)
"""Not a digit within a word (`A4`), and not the minus of a difference (`10-5`)."""
POINTED = re.compile(GROUP_BY_POINTS)
GROUPED = re.compile(GROUP)
SEVERAL = re.compile(
    r"(?<![\w.,:/-])(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{4}|\d+(?::\d+)+)(?![\w/-])"
)
"""Dates, times and ratios: several numbers, none of which is the value of the whole."""
LATEX = [
    (re.compile(r"\\[dt]?frac\s*\{(\d+)\}\s*\{(\d+)\}"), r" \1/\2"),
    (re.compile(r"(?<=\d)\{,\}(?=\d{3})"), ","),
    (re.compile(r"-\s+(?=\d+/\d)"), "-"),
]
LONGEST = 500
"""Characters of a number; a longer one is a loop of digits."""
HALVES = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}
ASIDE = re.compile(r"(?<=\w)\s*\([^()]*\)")
"""As in `3 miles (4.8 km)`: no final value, if there is one beside it."""
UNIT = re.compile(r"[\s*_`()\"']*[%°€£$]?[\s*_`()\"'.]*$")
SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
UNITS = rf"(?:(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(SMALL[1:10])}))?|{'|'.join(SMALL)})\b"
SCALED = rf"(?:[- ](?:{'|'.join(SCALES)})\b)"
SPELT = re.compile(
    r"\b(?:(?<![\d)]\s)(?P<sign>minus|negative)\s+)?"
    rf"(?P<words>(?:a\b|{UNITS}){SCALED}+(?:,?(?:\s+and)?\s+{UNITS}{SCALED}*)*|{UNITS})"
)


def numbers_within(text: str) -> list[Fraction]:
    """The value of each number of a text, in order; words are read if there is no digit.

    What stands in brackets is left out if there is a number beside it. The rules are those of
    `final_values.final_number`.
    """
    text = SEVERAL.sub(" ", _plain(text))
    for whole in (ASIDE.sub(" ", text), text):
        written = [one for one in NUMBER.finditer(whole) if len(one.group()) <= LONGEST]
        if written:
            return [_value(one) for one in written]
    return [_of_words(one) for one in SPELT.finditer(text.lower())]


def is_number(text: str) -> bool:
    """Whether the whole of a text is one number; a currency or a percent sign may stand by it.

    Not with a unit in letters, which may be another one: `9000 BP` is not `9000 BCE`.
    """
    found = NUMBER.match(text.strip().lstrip("*_`\"'("))
    if found is None:
        return False
    rest = text.strip().lstrip("*_`\"'(")[found.end() :]
    return bool(UNIT.fullmatch(rest))


def reads_as_number(text: str) -> bool:
    """Whether the whole of a text is one number, in digits or in words."""
    return is_number(text) or bool(SPELT.fullmatch(text.strip().lower()))


def _plain(text: str) -> str:
    """Fractions and thousands of LaTeX, and fractions of one letter, as they are typed."""
    for pattern, typed in LATEX:
        text = pattern.sub(typed, text)
    for letter, typed in HALVES.items():
        text = text.replace(letter, f" {typed}")
    return text


def _value(found: re.Match[str]) -> Fraction:
    written = found["number"]
    if POINTED.fullmatch(written):
        written = written.replace(".", "")
    elif GROUPED.fullmatch(written):
        written = re.sub(r"[,\u00a0\u202f'’]", "", written)
    value = Fraction(written.replace(",", "."))
    if found["under"] and int(found["under"]):
        if found["over"]:
            value += Fraction(int(found["over"]), int(found["under"]))
        else:
            value /= int(found["under"])
    if power := found["power"] or found["ten"]:
        value *= Fraction(10) ** int(power.replace("−", "-"))
    for scale in re.findall(r"\w+", found["scale"] or ""):
        value *= SCALES[scale.lower()]
    return -value if (found["sign"] or found["sign2"] or "+").strip() != "+" else value


def _of_words(found: re.Match[str]) -> Fraction:
    """The value of words such as `two hundred and five`."""
    value = part = 0
    for word in re.findall(r"[a-z]+", found["words"]):
        if word in SCALES and SCALES[word] > 100:
            value, part = value + max(1, part) * SCALES[word], 0
        elif word in SCALES:
            part = max(1, part) * SCALES[word]
        elif word in TENS:
            part += 10 * (TENS.index(word) + 2)
        elif word in SMALL:
            part += SMALL.index(word)
    return Fraction(-(value + part) if found["sign"] else value + part)
