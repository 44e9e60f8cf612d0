"""Two texts side by side: what one has and the other has not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import regex

from rungwise.evaluation.json_fields import tree
from rungwise.evaluation.tokenisation import UNSPACED

PIECE = regex.compile(rf"{UNSPACED}|(?:(?!{UNSPACED})[\w\p{{M}}])+|\s+|.", regex.DOTALL)
"""A word, a run of white space or a sign; one character of a script without spaces."""
COMPARED = 4_000
"""Characters of each text that are compared."""
KEPT = 40
"""Characters of an equal stretch that are kept on either side of a difference."""
WHOLE = 320
"""Characters up to which a text is shown as it is."""
LONGEST = 700
"""Characters of each text that are shown."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a text; `differs` if the other text does not have it."""

    text: str
    differs: bool


Marked = tuple[Stretch, ...]


def marked(expected: str, output: str) -> tuple[Marked, Marked]:
    """Mark what differs between two texts; of long ones, stretches that do not are shortened.

    Keys of two JSON objects are compared in the order of the expected one: order tells nothing.

    Returns:
        The stretches of the expected text, and those of the output.
    """
    expected, output = _in_one_order(expected, output)
    wanted, told = (PIECE.findall(_flat(text)[:COMPARED]) for text in (expected, output))
    left: list[Stretch] = []
    right: list[Stretch] = []
    matched = SequenceMatcher(None, wanted, told, autojunk=False)
    for how, start, end, begin, until in matched.get_opcodes():
        differs = how != "equal" and not _blank(wanted[start:end] + told[begin:until])
        left.append(Stretch("".join(wanted[start:end]), differs))
        right.append(Stretch("".join(told[begin:until]), differs))
    return _shortened(left), _shortened(right)


def _in_one_order(expected: str, output: str) -> tuple[str, str]:
    """Both texts, those of two JSON objects written alike if only the order of keys is another."""
    if tree(expected) is None or tree(output) is None:
        return expected, output
    wanted, told = json.loads(expected), json.loads(output)
    ordered = _ordered(wanted, told)
    if json.dumps(ordered) == json.dumps(told):
        return expected, output
    return json.dumps(wanted, ensure_ascii=False), json.dumps(ordered, ensure_ascii=False)


def _ordered(wanted: Any, told: Any) -> Any:
    if not isinstance(wanted, dict) or not isinstance(told, dict):
        return told
    known = {key: _ordered(inside, told[key]) for key, inside in wanted.items() if key in told}
    return known | {key: inside for key, inside in told.items() if key not in known}


def _flat(text: str) -> str:
    return " ".join(text.split())


def _blank(pieces: list[str]) -> bool:
    return not "".join(pieces).strip()


def _shortened(stretches: list[Stretch]) -> Marked:
    """Without what is empty, equal stretches cut in their middle, and nothing beyond `LONGEST`."""
    given = [one for one in stretches if one.text]
    if sum(len(one.text) for one in given) > WHOLE and len(given) > 1:
        last = len(given) - 1
        given = [_cut(one, first=not place, last=place == last) for place, one in enumerate(given)]
    found: list[Stretch] = []
    room = LONGEST
    for one in given:
        if len(one.text) > room:
            return (*found, Stretch(one.text[:room] + " …", one.differs))
        room -= len(one.text)
        found.append(one)
    return tuple(found)


def _cut(one: Stretch, *, first: bool, last: bool) -> Stretch:
    """An equal stretch without its middle, or without the end that touches no difference."""
    if one.differs or len(one.text) <= 2 * KEPT:
        return one
    head = "" if first else one.text[:KEPT].rpartition(" ")[0]
    tail = "" if last else one.text[-KEPT:].partition(" ")[2]
    return Stretch(f"{head} … {tail}", differs=False)
