"""One column holds the whole conversation, each turn with its `role` and `content`."""

from __future__ import annotations

from rungwise.data.shape import Example, Row
from rungwise.data.turns import conversation, with_system
from rungwise.data.wanted import VERDICTS, check_wanted


class Messages:
    """The list that chat models are trained on; its last turn is the answer."""

    asked = ("messages",)
    answer: tuple[str, ...] = ()
    optional = ("system", *VERDICTS)
    implied: tuple[str, ...] = ()
    meaning = "conversations: the assistant's last turn is expected, the turns before it are asked"

    def example(self, row: Row, *, answered: bool) -> Example:
        """Every turn, as it is written."""
        if answered:
            check_wanted(row)
        return Example(with_system(row, conversation(row, "messages")))
