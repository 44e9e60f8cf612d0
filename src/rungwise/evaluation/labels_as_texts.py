"""Expected answers that are labels: few short texts, each of them many times (C6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rungwise.plugins import kind_of

if TYPE_CHECKING:
    import polars as pl

    from rungwise.task import Task

LABELS = "labels_as_texts"
"""Among the numbers of the gate `tuning_earned`, if that is why it holds."""
MOST, MANY = 50, 200
"""Different texts; more than 50 only if each comes often."""
GRADES = 11
"""The same of numbers, as from 0 to 10; more are results."""
ROWS, OFTEN = 3, 10
"""Rows that a label has on average, at least; and if there are many labels."""
WORDS, NAMED, CHARACTERS = 4, 6, 40
"""A longer text is a sentence, even if it is one of few; without a full stop it may be a name."""
RESULT = r"^[^\w\s]{0,3}\s*\d"
"""How a result begins: a number, an amount, a time or a date."""
CLASSIFY = (
    "Make the task anew: `rungwise init --metric accuracy --set task.kind=classify`, beside the "
    "other options."
)
COPIED = 0.5
"""Share of outputs that stand in their input, from which they are copied out of it."""


def labels_as_texts(task: Task, inputs: pl.Series, expected: pl.Series) -> int:
    """How many labels the expected answers of a task that generates text are; 0 if they are texts.

    If answers are looked up in documents or copied out of the input, a short one is no label: other
    documents and inputs have others.
    """
    if not kind_of(task).writes or task.data.documents is not None:
        return 0
    texts = expected.drop_nulls().str.strip_chars().unique()
    rows = ROWS if len(texts) <= MOST else OFTEN
    if not 2 <= len(texts) <= MANY or rows * len(texts) > len(expected):
        return 0
    words, ends = texts.str.count_matches(r"\S+"), texts.str.contains(r"[.!?]$")
    long = (texts.str.len_chars() > CHARACTERS) | (words > NAMED) | (ends & (words > WORDS))
    structured = texts.str.contains(r"^[\[{]")
    if bool((long | structured).any()):
        return 0
    if len(texts) > GRADES and 2 * int(texts.str.contains(RESULT).sum()) >= len(texts):
        return 0
    return 0 if _copied(inputs, expected) >= COPIED else len(texts)


def advice(labels: int, rows: int) -> str:
    """What to do about them."""
    return (
        f"The outputs are {labels} short texts in {rows:,} rows, which are labels: a model that "
        f"classifies learns them in seconds and can write nothing else. {CLASSIFY}"
    )


def _copied(inputs: pl.Series, expected: pl.Series) -> float:
    pairs = zip(inputs, expected, strict=True)
    found = [str(told).strip().casefold() in str(asked).casefold() for asked, told in pairs]
    return sum(found) / max(1, len(found))
