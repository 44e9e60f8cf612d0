"""Which answers have something right in what they say, however they say it (R34, R59)."""

from __future__ import annotations

import polars as pl

from rungwise.evaluation.fault import of_form_alone
from rungwise.evaluation.folding import folded
from rungwise.evaluation.json_fields import compared
from rungwise.evaluation.json_within import json_within
from rungwise.evaluation.text_failures import Known, wrong
from rungwise.evaluation.tokenisation import pieces
from rungwise.table import Predictions

LONG = 4
"""Words from which a text can be right in part."""
HALF = 0.5
"""Of the words of such a text."""


def right_in_content(expected: pl.Series, predictions: Predictions, known: Known) -> list[bool]:
    """Whether each answer (n) is right, right but for its form, or right in a part.

    A JSON value is right in a part if one field has the right value; a text of four words or more
    if half of its words stand in the answer. A number or a short text has no parts.

    Args:
        expected: The right texts (n).
        predictions: The answers to the same rows (n).
        known: What else is known about the rows.
    """
    found = wrong(expected, predictions, known)
    outputs = predictions.outputs.fill_null("")
    return [
        not faults or of_form_alone(faults) or _in_part(text, output)
        for text, output, faults in zip(expected, outputs, found, strict=True)
    ]


def unknown(expected: pl.Series, predictions: Predictions, known: Known) -> int:
    """How many answers were cut before anything wrong was said."""
    found = wrong(expected, predictions, known)
    return sum(
        any(one.kind == "limit" for one in faults) and all(one.kind != "content" for one in faults)
        for faults in found
    )


def _in_part(expected: str, output: str) -> bool:
    if expected.lstrip()[:1] in ("{", "["):
        right, _, _ = compared(expected, json_within(output).text)
        return right > 0
    words = set(pieces(folded(expected)))
    if len(words) < LONG:
        return False
    return len(words & set(pieces(folded(output)))) >= HALF * len(words)
