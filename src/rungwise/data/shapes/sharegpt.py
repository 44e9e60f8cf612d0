"""One column holds the whole conversation, each turn with `from` and `value`."""

from __future__ import annotations

from rungwise.conversation import Role
from rungwise.data.shape import Example, Row
from rungwise.data.turns import Naming, conversation, with_system
from rungwise.data.wanted import VERDICTS, check_wanted

SPEAKERS: dict[str, Role] = {"system": "system", "human": "user", "gpt": "assistant"}


class Sharegpt:
    """Conversations as ShareGPT exported them."""

    asked = ("conversations",)
    answer: tuple[str, ...] = ()
    optional = ("system", *VERDICTS)
    implied: tuple[str, ...] = ()
    meaning = "conversations: gpt's last turn is expected, the turns before it are asked"

    def example(self, row: Row, *, answered: bool) -> Example:
        """Every turn: the human is the user, gpt the assistant."""
        if answered:
            check_wanted(row)
        turns = conversation(row, "conversations", Naming("from", "value", SPEAKERS))
        return Example(with_system(row, turns))
