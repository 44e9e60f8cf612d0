"""What rules find wrong with a generated text of which nobody knows what it should say (R73).

The names are those of `text_mistakes`, so that production and validation speak alike. What a text
says wrongly cannot be seen here; spot checks see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rungwise.evaluation.folding import folded
from rungwise.evaluation.json_within import json_within
from rungwise.evaluation.text_mistakes import (
    COPY,
    CUT,
    JSON_AROUND,
    JSON_BROKEN,
    LOOP,
    NO_ANSWER,
    NO_JSON,
    REFUSAL,
    REFUSING,
    ends_in_a_loop,
    is_json,
)

AS_JSON = {"around": JSON_AROUND.name, "broken": JSON_BROKEN.name, "none": NO_JSON.name}


def unlabelled_faults(
    outputs: Sequence[str | None],
    asked: Sequence[str | None],
    cut: Sequence[bool | None],
    *,
    json: bool,
) -> list[str]:
    """The first fault of each text by rules alone (n); "" where they find none.

    Args:
        outputs: What was answered (n).
        asked: The inputs (n), None where one is not known.
        cut: Whether each ended at its limit (n), None where that is not known.
        json: Whether answers are to be JSON objects or lists.
    """
    rows = zip(outputs, asked, cut, strict=True)
    return [_fault(output or "", text, ended is True, json=json) for output, text, ended in rows]


def ask_for_json(expected: Iterable[str]) -> bool:
    """Whether right answers are JSON: most of them are an object or a list."""
    told = [is_json(text) for text in expected]
    return 2 * sum(told) > len(told)


def _fault(output: str, asked: str | None, cut: bool, *, json: bool) -> str:
    if not output.strip():
        return CUT.name if cut else NO_ANSWER.name
    if ends_in_a_loop(output):
        return LOOP.name
    if cut:
        return CUT.name
    if REFUSING.search(output):
        return REFUSAL.name
    if asked is not None and folded(output) == folded(asked):
        return COPY.name
    return AS_JSON.get(json_within(output).written, "") if json else ""
