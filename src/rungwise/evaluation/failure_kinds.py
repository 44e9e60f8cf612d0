"""How many wrong answers tuning for style would mend, and how many say what is wrong (R34, R39)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from rungwise.evaluation.fault import of_form_alone
from rungwise.evaluation.text_failures import Known, wrong
from rungwise.table import Predictions


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong answers by what is wrong with them; the counts of the first five sum to `count`.

    Attributes:
        count: Wrong answers.
        form: Of those that say what is right, how many are written otherwise.
        structure: Of those that say what is right, how many have other fields.
        content: Those that say something wrong, or nothing that rules could read.
        cut: Those that were cut at the longest answer before anything wrong was said: what they
            would have said is not known.
        names: Name of each fault → wrong answers that have it; one may have several.
    """

    count: int
    form: int
    structure: int
    content: int
    cut: int
    names: Mapping[str, int]

    @property
    def form_alone(self) -> int:
        """Wrong answers that say what is right."""
        return self.form + self.structure


def failures(expected: pl.Series, predictions: Predictions, known: Known) -> Failures:
    """Count what is wrong.

    Args:
        expected: The right texts (n).
        predictions: The answers to the same rows (n).
        known: What else is known about the rows.
    """
    rows = [faults for faults in wrong(expected, predictions, known) if faults]
    alone = [faults for faults in rows if of_form_alone(faults)]
    structure = sum(any(one.kind == "structure" for one in faults) for faults in alone)
    content = sum(any(one.kind == "content" for one in faults) for faults in rows)
    names = Counter(name for faults in rows for name in {one.name for one in faults})
    return Failures(
        count=len(rows),
        form=len(alone) - structure,
        structure=structure,
        content=content,
        cut=len(rows) - len(alone) - content,
        names=dict(sorted(names.items(), key=lambda one: (-one[1], one[0]))),
    )
