"""How many classes the goal's sentence names: "into 77 intents", "one of three teams"."""

from __future__ import annotations

import re

WORDS = (
    ("two", "zwei", "deux", "dos"), ("three", "drei", "trois", "tres"),
    ("four", "vier", "quatre", "cuatro"), ("five", "fünf", "cinq", "cinco"),
    ("six", "sechs", "seis"), ("seven", "sieben", "sept", "siete"),
    ("eight", "acht", "huit", "ocho"), ("nine", "neun", "neuf", "nueve"),
    ("ten", "zehn", "dix", "diez"), ("eleven",), ("twelve",), ("thirteen",), ("fourteen",),
    ("fifteen",), ("sixteen",), ("seventeen",), ("eighteen",), ("nineteen",), ("twenty",),
)  # fmt: skip
NUMBERS = {word: number for number, words in enumerate(WORDS, 2) for word in words}
DIGITS = r"(?<![\d.,-])(?:\d{1,3}(?:,\d{3})+|\d{1,6})(?![\d.,-]\d|\d|\s*%)"
NUMBER = rf"(?P<number>{DIGITS}|{'|'.join(NUMBERS)})"
CLASSES = (
    r"class(?:es)?|categor(?:y|ies)|labels?|intents?|topics?|teams?|departments?|queues?|groups?"
    r"|kinds?|types?|tags?|sentiments?|buckets?|sections?|genres?|emotions?|(?:zwei|drei|vier)?klassen"
    r"|kategorien|themen|catégories|classes|categorías|clases|categorie"
)
UNITS = (
    r"percent|per|points?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|rows?|words?"
    r"|tokens?|characters?|examples?|sentences?|steps?|epochs?|languages?|milliseconds?|ms|times"
)
NAMED = (
    rf"\b{NUMBER}\s+(?:[^\W\d]\S*\s+){{0,2}}?(?:{CLASSES})\b",
    rf"(?<!\d )\b(?:into|one of|among|to one of|as one of)\s+(?:(?:the|our|its|these)\s+)?"
    rf"{NUMBER}\s+(?!{UNITS})[^\W\d]",
)


def classes_named(goal: str) -> int | None:
    """Read the number of classes out of a goal; None unless exactly one is named."""
    found = {
        _number(match["number"]) for pattern in NAMED for match in re.finditer(pattern, goal, re.I)
    }
    return found.pop() if len(found) == 1 else None


def _number(word: str) -> int:
    return NUMBERS.get(word.lower()) or int(word.replace(",", ""))
