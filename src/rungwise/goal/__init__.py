"""The goal: one sentence, and one number that defines success (R1, R2, R5)."""

from rungwise.goal.named_class import metric_of_class
from rungwise.goal.one_sided import one_sided
from rungwise.goal.questions import Question
from rungwise.goal.reading import GOOD_EXAMPLE, Reading, agree, missing, read, wish

__all__ = [
    "GOOD_EXAMPLE",
    "Question",
    "Reading",
    "agree",
    "metric_of_class",
    "missing",
    "one_sided",
    "read",
    "wish",
]
