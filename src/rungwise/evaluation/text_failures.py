"""Wrong texts grouped and named by what is wrong with them, by rules (R32)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

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
    if not output.strip():
        return "no answer"
    if REFUSAL.search(output) and not REFUSAL.search(expected):
        return "refusal"
    wanted = fields(expected)
    if wanted is not None and expected.lstrip()[:1] in ("{", "["):
        return _wrong_json(wanted, fields(output), output)
    if plain(output) == plain(expected):
        return "another spelling: case, punctuation or articles"
    if plain(expected) and plain(expected) in plain(output):
        return "the right answer with words around it"
    if len(output) > LONGER * len(expected):
        return "too long"
    if len(output) < SHORTER * len(expected):
        return "too short"
    return "another text"


def _wrong_json(
    wanted: Counter[tuple[str, str]], told: Counter[tuple[str, str]] | None, output: str
) -> str:
    if told is None:
        inside = re.search(r"[{\[].*[}\]]", output, re.DOTALL)
        if inside and fields(inside.group()) is not None:
            return "JSON with words around it"
        return "JSON cut short or broken" if output.lstrip()[:1] in ("{", "[") else "no JSON"
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
