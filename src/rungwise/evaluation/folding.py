"""Texts without what carries no meaning: case, articles, spaces and ordinary punctuation.

Signs stay, because they tell things apart: `-3` and `+3`, `<5` and `>5`, `C`, `C++` and `C#`, `5 %`
and `5 $`, `3.5` and `35`, `!=` and `=`. A hyphen between words is punctuation; before a number, a
sum or a single letter, and at the end of a word (`A-`), it is a sign. What divides digits stays
(`1;2`, `f(2)`, `x_1`), and so does a text that is punctuation alone, such as `:)`.
"""

from __future__ import annotations

import unicodedata

import regex

QUOTED = regex.compile(
    r"""[“„«"]([^“”„«»"]*)[”“»"]|(?<![\w'])'([^']*)'(?!\w)|‘([^‘’]*)’|`([^`]*)`"""
)
ARTICLES = regex.compile(r"(?<!\S)(a|an|the)(?=\s+\S*\w)")
"""Not as the last word: `vitamin A`."""
DIVIDING = r"[;()\[\]{}_…。；！？「」『』（）]"
"""Punctuation unless it stands beside a digit, within a word."""
SOFT = regex.compile(
    r"""\.(?!\d)|(?<=\p{L})\.|(?<!\d)[,:]|[,:](?!\d)|(?<!\w)(?<!\d\s+)\*+|\*+(?!\w|\s+\d)"""
    r"""|(?<!\d)!(?![=\w])|(?<!\d)['"′″](?!\d)|(?<=\p{L})['"](?=\d)|[?¡¿`´‘’‚‛“”„«»‹›、，：]"""
    rf"""|(?<![\p{{L}}\d]){DIVIDING}|{DIVIDING}(?![\p{{L}}\d])|(?<=\p{{L}}){DIVIDING}(?=\p{{L}})"""
)
"""Points, commas and colons of numbers (`3.5`, `.5`, `1,000`, `10:30`) stay, and `2*3`, `5!`."""
SUM = r"\s*(?:\p{Sc}|(?:eur|usd|gbp|chf|jpy|cny|inr|pln|czk|huf|sek|nok|dkk|kr)\b)?\s*[\d.]"
HYPHEN = regex.compile(
    r"(?<=\w)[-‐‑–—](?=\p{L})|(?<=\p{L})[-‐‑–—](?=\d\d|\d\p{L})"
    rf"|(?<!\w)[-‐‑–—](?!{SUM}|\p{{L}}(?!\w))"
)
MINUS = str.maketrans(dict.fromkeys("−‐‑–—﹣－", "-"))


def folded(text: str) -> str:
    """A text such that equal ones differ at most in case, articles, spaces and punctuation."""
    whole = unicodedata.normalize("NFC", text).lower()
    plain = QUOTED.sub(lambda found: next(one for one in found.groups() if one is not None), whole)
    plain = ARTICLES.sub(" ", plain)
    plain = SOFT.sub("", HYPHEN.sub("", plain)).translate(MINUS)
    plain = regex.sub(r"(?<!\w)-\s+(?=[\p{Sc}\d.])", "-", plain)
    return " ".join(plain.split()) or " ".join(whole.split())
