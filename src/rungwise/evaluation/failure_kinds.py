"""Which mistakes tuning mends, and which are of content (R34, R39)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

import polars as pl

from rungwise.evaluation.text_failures import Known, of_form, wrong
from rungwise.table import Predictions

Kind = Literal["form", "structure", "content"]
STRUCTURE = ("field missing: ", "field too many: ", "a value repeated")
"""How the names begin of a JSON that has other fields than it should."""


def kind(name: str) -> Kind:
    """Of a mistake as `text_failures` names it.

    An answer that is empty or a refusal tells nothing of how it would be written; it counts as
    content, so that it never speaks for tuning.
    """
    if of_form(name):
        return "form"
    return "structure" if name.startswith(STRUCTURE) else "content"


def mistakes(expected: pl.Series, predictions: Predictions, known: Known) -> Mapping[str, int]:
    """How often each mistake occurs, by name, the most frequent first.

    Args:
        expected: The right texts (n).
        predictions: The answers to the same rows (n).
        known: What else is known about the rows.
    """
    named = wrong(expected, predictions, known)
    return dict(Counter(name for name in named if name).most_common())
