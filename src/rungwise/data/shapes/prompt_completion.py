"""What is asked in one column, what is to be answered in another."""

from __future__ import annotations

from rungwise.data.shape import Example, Row
from rungwise.data.turns import continued, has_text, with_system, written
from rungwise.data.wanted import VERDICTS, check_wanted


class PromptCompletion:
    """Texts, or lists of messages as TRL writes them."""

    asked = ("prompt",)
    answer = ("completion",)
    optional = ("system", *VERDICTS)
    implied: tuple[str, ...] = ()
    meaning = "questions and answers: the completion is expected"

    def example(self, row: Row, *, answered: bool) -> Example:
        """The prompt's turns and then the completion's."""
        if answered:
            check_wanted(row)
        turns = written(row, "prompt", "user")
        if answered or has_text(row.get("completion")):
            turns = continued(turns, written(row, "completion", "assistant"))
        return Example(with_system(row, turns))
