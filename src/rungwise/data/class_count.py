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
SPELT = rf"(?:{'|'.join(NUMBERS)})"
NUMBER = rf"(?P<number>{DIGITS}|{SPELT})"
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
WAYS = rf"\b{NUMBER}[- ](?:class|way|label|category|topic|intent)\b"
BINARY = re.compile(r"\bbinary\s+(?:classif\w+|label|task|problem|decision)", re.I)
NO_NUMBER = re.compile(
    r"\b(?:at (?:least|most)|more than|fewer than|less than|up to|over|about|around|roughly|some"
    r"|approximately|circa|ca\.?|nearly|almost|mindestens|höchstens|etwa|rund|environ|unos"
    r")\s*$|\d\s*(?:to|-|–|or)\s*$",
    re.I,
)
"""Before a number that names no exact count."""
RANGE = re.compile(r"\s*(?:to|-|–|or)\s*\d", re.I)
"""Behind the first number of two."""
ABOUT_ROWS = re.compile(
    rf"\b(?:(?:by|from|between)\s+(?:(?:the|our|its|these)\s+)?(?={DIGITS}|{SPELT}\b)"
    rf"|(?:of|for|in)\s+(?:(?:the|our|its|these)\s+)?(?={DIGITS}|{SPELT}\b)\S+\s+"
    r"(?:kinds?|types?|groups?)\s+of\b)",
    re.I,
)
"""Counts of what rows come from: "written by two groups of customers", "of 2 kinds of media"."""


def classes_named(goal: str) -> int | None:
    """Read the number of classes out of a goal; None unless exactly one is named."""
    others = [match.span() for match in ABOUT_ROWS.finditer(goal)]
    found = {
        _number(match["number"])
        for pattern in (*NAMED, WAYS)
        for match in re.finditer(pattern, goal, re.I)
        if not NO_NUMBER.search(goal[: match.start("number")])
        and not RANGE.match(goal, match.end("number"))
        and not any(start <= match.start("number") <= end for start, end in others)
    } | ({2} if BINARY.search(goal) else set())
    return found.pop() if len(found) == 1 else None


def _number(word: str) -> int:
    return NUMBERS.get(word.lower()) or int(word.replace(",", ""))
