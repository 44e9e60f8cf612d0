"""Texts without what carries no meaning: case, articles, spaces and ordinary punctuation.

Signs stay, because they tell things apart: `-3` and `+3`, `<5` and `>5`, `C`, `C++` and `C#`, `5 %`
and `5 $`, `3.5` and `35`. A hyphen between words is punctuation; before a number and at the end of
a word (`A-`) it is a sign.
"""

from __future__ import annotations

import unicodedata

import regex

ARTICLES = regex.compile(r"(?<!\S)(a|an|the)(?!\S)")
SOFT = regex.compile(
    r"""\.(?!\d)|(?<=\p{L})\.|(?<!\d)[,:]|[,:](?!\d)|(?<!\w)\*+|\*+(?!\w)"""
    r"""|[;!?¡¿"'`´‘’‚‛“”„«»‹›()\[\]{}_…。、，；！？：「」『』（）]"""
)
"""Points, commas and colons of numbers (`3.5`, `.5`, `1,000`, `10:30`) stay, and `2*3`."""
HYPHEN = regex.compile(r"(?<=\w)[-‐‑–—](?=\p{L})|(?<=\p{L})[-‐‑–—](?=\d)|(?<!\w)[-‐‑–—](?![\d.])")
MINUS = str.maketrans(dict.fromkeys("−‐‑–—﹣－", "-"))


def folded(text: str) -> str:
    """A text such that equal ones differ at most in case, articles, spaces and punctuation."""
    plain = unicodedata.normalize("NFC", text).lower()
    plain = SOFT.sub("", HYPHEN.sub("", plain)).translate(MINUS)
    return " ".join(ARTICLES.sub(" ", plain).split()) or " ".join(plain.split())
