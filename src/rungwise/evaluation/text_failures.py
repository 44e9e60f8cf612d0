"""Wrong texts grouped and named by what is wrong with them (R32).

Rules name what they can (`text_mistakes`). What no rule names is grouped by what the rows are
about (`text_clusters`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from rungwise.evaluation import text_clusters
from rungwise.evaluation.failures import MIXED
from rungwise.evaluation.fault import Fault
from rungwise.evaluation.json_mistakes import known_fields
from rungwise.evaluation.text_clusters import Likeness
from rungwise.evaluation.text_mistakes import UNNAMED, Answer, faults, is_json, mistake
from rungwise.records import FailureGroup
from rungwise.table import Predictions

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the rows besides; the more, the more mistakes have a name.

    Attributes:
        inputs: What was asked (n).
        cut: Whether an answer ended because it was as long as it may be (n).
        languages: Texts (n) → the language of each, null where that is in doubt.
        likeness: Says how texts are compared that no rule names; asked only where there are any.
        subjects: Rows (places from 0) → what each is about, in words that a name may quote; the
            inputs, expected texts and answers if left out.
    """

    inputs: pl.Series | None = None
    cut: pl.Series | None = None
    languages: Callable[[pl.Series], pl.Series] | None = None
    likeness: Callable[[], Likeness] | None = None
    subjects: Callable[[list[int]], list[str]] | None = None


def group(
    expected: pl.Series, predictions: Predictions, limit: int, known: Known | None = None
) -> tuple[FailureGroup, ...]:
    """Group wrong texts by the first thing that is wrong with each, the largest group first.

    Args:
        expected: The right texts (n).
        predictions: The answers to the same rows (n).
        limit: How many groups to name; what is beyond goes into one last group.
        known: What else is known about the rows.
    """
    answers = answers_of(expected, predictions, known or Known())
    names = [mistake(answer) for answer in answers]
    if known is not None and known.likeness is not None and UNNAMED in names:
        places = [place for place, name in enumerate(names) if name == UNNAMED]
        subjects = known.subjects or (lambda rows: [_about(answers[row]) for row in rows])
        found = text_clusters.named(subjects(places), known.likeness())
        for place, name in zip(places, found, strict=True):
            names[place] = f"{UNNAMED}, about {name}" if name else UNNAMED
    ids: dict[str, list[str]] = {}
    for row, name in zip(predictions.ids.to_list(), names, strict=True):
        if name:
            ids.setdefault(name, []).append(row)
    every = sum(map(len, ids.values()))
    order = sorted(ids.items(), key=lambda one: (-len(one[1]), one[0]))
    shown, rest = order[:limit], order[limit:]
    if rest:
        shown.append((MIXED, [row for _, rows in rest for row in rows]))
    return tuple(
        FailureGroup(name, "", "", len(rows), len(rows) / every, tuple(rows[:EXAMPLES]))
        for name, rows in shown
    )


def wrong(expected: pl.Series, predictions: Predictions, known: Known) -> list[tuple[Fault, ...]]:
    """All that is wrong with each text by rules alone (n), nothing where it is right."""
    return [faults(answer) for answer in answers_of(expected, predictions, known)]


def cut(predictions: Predictions) -> pl.Series | None:
    """Which answers ended because they were as long as they may be (n); None where unknown."""
    written = predictions.written
    return None if written is None else written["ended"] == "length"


def answers_of(expected: pl.Series, predictions: Predictions, known: Known) -> list[Answer]:
    """Each answer (n) with what is known about it."""
    outputs = predictions.outputs.fill_null("")
    inputs: list[str | None] = [None] * len(expected)
    if known.inputs is not None:
        inputs = known.inputs.to_list()
    cut = known.cut.to_list() if known.cut is not None else [False] * len(expected)
    foreign = [False] * len(expected)
    if known.languages is not None:
        both = known.languages(expected) != known.languages(outputs)
        foreign = both.fill_null(False).to_list()
    paths = known_fields(text for text in expected.unique() if is_json(text))
    rows = zip(expected.to_list(), outputs.to_list(), inputs, cut, foreign, strict=True)
    return [Answer(*row, paths) for row in rows]


def _about(answer: Answer) -> str:
    return "\n".join(filter(None, (answer.asked, answer.expected, answer.output)))
