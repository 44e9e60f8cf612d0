"""What is asked in one column, what is to be answered in another."""

from __future__ import annotations

from rungwise.data.shape import Example, Row
from rungwise.data.turns import continued, has_text, written


class PromptCompletion:
    """Texts, or lists of messages as TRL writes them."""

    asked = ("prompt",)
    answer = ("completion",)
    optional: tuple[str, ...] = ()
    meaning = "questions and answers: the completion is expected"

    def example(self, row: Row, *, answered: bool) -> Example:
        """The prompt's turns and then the completion's."""
        turns = written(row, "prompt", "user")
        if answered or has_text(row.get("completion")):
            turns = continued(turns, written(row, "completion", "assistant"))
        return Example(turns)
