"""The JSON value in an answer, whatever is around it, and how it was written.

A value in a code block, behind a sentence, in single quotes or without its last brackets says
something all the same, and what it says is looked at before how it is written (R34).
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from typing import Literal

from rungwise.evaluation.json_fields import tree

Written = Literal["whole", "around", "broken", "none"]
OPENING = re.compile(r"[{\[]")
TRAILING = re.compile(r",\s*([}\]])")
LONGEST = 20_000
"""Characters that are read; no answer that is one value is longer."""
TRIES = 200
"""Places at which a value that was cut short is tried to be closed."""


@dataclass(frozen=True, slots=True)
class Within:
    """What an answer holds.

    Attributes:
        text: The value as JSON; "" where there is none.
        written: `whole` where it is the whole text, `around` with words or a code block around it,
            `broken` where it is no JSON but can be read, `none` without a value.
        several: Whether other values of the same kind follow it.
    """

    text: str
    written: Written
    several: bool = False


def json_within(text: str) -> Within:
    """Look for an object or a list: the whole text, else the first that can be read."""
    text = text[:LONGEST]
    if text.strip()[:1] in ("{", "[") and tree(text.strip()) is not None:
        return Within(text.strip(), "whole")
    values, unread = _values(text)
    if unread is not None and (told := _lenient(text[unread:])):
        return Within(told, "broken")
    if values:
        return Within(values[0], "around", any(one != values[0] for one in values[1:]))
    return Within("", "none" if unread is None else "broken")


def _holds(text: str) -> bool:
    """Whether a text is one object or list that holds something and can be taken apart."""
    value = tree(text) if text[:1] in ("{", "[") else None
    return value is not None and value not in ("{}", "[]")


def _values(text: str) -> tuple[list[str], int | None]:
    """Objects that stand in a text, in order, none within another; lists if there is no object.

    Second, the place of a bracket before the first of them that begins no JSON; None without one.
    """
    decoder, place = json.JSONDecoder(), 0
    objects: list[str] = []
    lists: list[str] = []
    unread: int | None = None
    while (opening := OPENING.search(text, place)) is not None:
        try:
            _, place = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            if unread is None and not objects and not lists:
                unread = opening.start()
            place = opening.end()
            continue
        told = text[opening.start() : place]
        if _holds(told):
            (objects if told[0] == "{" else lists).append(told)
    return objects or lists, unread


def _lenient(text: str) -> str:
    """A value with single quotes, commas too many, or brackets missing at its end; else ""."""
    for end in _ends(text):
        closed = TRAILING.sub(r"\1", text[:end].rstrip().rstrip(",") + _closing(text[:end]))
        if _holds(closed):
            return closed
        if told := _literal(closed):
            return told
    return ""


def _literal(text: str) -> str:
    """A Python literal as JSON, which is what single quotes make of it; else ""."""
    try:
        value = ast.literal_eval(text)
        told = json.dumps(value, ensure_ascii=False)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return ""
    return told if _holds(told) else ""


def _ends(text: str) -> list[int]:
    """Where a value may end: at the end, behind brackets, and before commas, the longest first."""
    places = {len(text)}
    for found in re.finditer(r"[}\]]|,", text):
        places.add(found.start() if found.group() == "," else found.end())
    return sorted(places, reverse=True)[:TRIES]


def _closing(text: str) -> str:
    """The brackets that are open at the end of a text."""
    stack: list[str] = []
    quote, escaped = "", False
    for letter in text:
        if quote:
            quote = "" if letter == quote and not escaped else quote
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            quote = letter
        elif letter in "{[":
            stack.append("}" if letter == "{" else "]")
        elif letter in "}]" and stack:
            stack.pop()
    return quote + "".join(reversed(stack))
