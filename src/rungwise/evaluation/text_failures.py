"""Wrong texts grouped and named by what is wrong with them, by rules (R32)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from rungwise.evaluation.json_fields import fields
from rungwise.evaluation.text_metrics import plain
from rungwise.records import FailureGroup
from rungwise.table import Predictions

EXAMPLES = 3
REFUSAL = re.compile(
    r"^\W*(i('m| am) sorry|i can(no|')t|i am unable|i'm unable|as an ai|unfortunately,? i)\b", re.I
)
LONGER, SHORTER = 3.0, 1 / 3
"""Lengths, of the expected one, from which an answer is called too long, or too short."""


def group(expected: pl.Series, predictions: Predictions, limit: int) -> tuple[FailureGroup, ...]:
    """Group wrong texts by the first thing that is wrong with each, the largest group first.

    A text that equals the expected one but for white space is right; for JSON, one with the same
    fields.

    Args:
        expected: The right texts (n).
        predictions: The answers to the same rows (n).
        limit: How many groups to name; what is beyond goes into one last group.
    """
    ids: dict[str, list[str]] = {}
    for row, right, told in zip(
        predictions.ids.to_list(), expected.to_list(), predictions.outputs.to_list(), strict=True
    ):
        if name := wrong(right, told or ""):
            ids.setdefault(name, []).append(row)
    every = sum(map(len, ids.values()))
    named = sorted(ids.items(), key=lambda one: (-len(one[1]), one[0]))
    shown, rest = named[:limit], named[limit:]
    if rest:
        shown.append(("other mistakes", [row for _, rows in rest for row in rows]))
    return tuple(
        FailureGroup(name, "", "", len(rows), len(rows) / every, tuple(rows[:EXAMPLES]))
        for name, rows in shown
    )


def wrong(expected: str, output: str) -> str:
    """What is wrong with a text, "" where nothing is."""
    if output.strip() == expected.strip():
        return ""
    wanted = fields(expected) if expected.lstrip()[:1] in ("{", "[") else None
    if wanted is not None and not UNANSWERED[0].holds(expected, output):
        told = fields(output)
        if told is not None:
            return _wrong_fields(wanted, told)
    mistakes = UNANSWERED + (NO_JSON if wanted is not None else OTHER_TEXT)
    return next(mistake.name for mistake in mistakes if mistake.holds(expected, output))


def _wrong_fields(wanted: Counter[tuple[str, str]], told: Counter[tuple[str, str]]) -> str:
    if wanted == told:
        return ""
    paths, found = _paths(wanted), _paths(told)
    if missing := sorted(paths - found):
        return f"field missing: {missing[0].lstrip('/')}"
    if strange := sorted(found - paths):
        return f"field too many: {strange[0].lstrip('/')}"
    changed = sorted({path for path, _ in (wanted - told)})
    return f"wrong value: {changed[0].lstrip('/')}" if changed else "a value repeated"


def _paths(found: Iterable[tuple[str, str]]) -> set[str]:
    return {path for path, _ in found}


def _holds_json(expected: str, output: str) -> bool:
    inside = re.search(r"[{\[].*[}\]]", output, re.DOTALL)
    return inside is not None and fields(inside.group()) is not None


def _within(expected: str, output: str) -> bool:
    return bool(plain(expected)) and plain(expected) in plain(output)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A kind of mistake, and whether it holds of (expected, output)."""

    name: str
    holds: Callable[[str, str], bool]


UNANSWERED = (
    Mistake("no answer", lambda _, output: not output.strip()),
    Mistake("refusal", lambda right, output: bool(REFUSAL.search(output)) and right != output),
)
NO_JSON = (
    Mistake("JSON with words around it", _holds_json),
    Mistake("JSON cut short or broken", lambda _, output: output.lstrip()[:1] in ("{", "[")),
    Mistake("no JSON", lambda _, output: True),
)
OTHER_TEXT = (
    Mistake(
        "another spelling: case, punctuation or articles",
        lambda right, output: plain(right) == plain(output),
    ),
    Mistake("the right answer with words around it", _within),
    Mistake("too long", lambda right, output: len(output) > LONGER * len(right)),
    Mistake("too short", lambda right, output: len(output) < SHORTER * len(right)),
    Mistake("another text", lambda right, output: True),
)
"""In this order: the first that holds names the mistake."""
