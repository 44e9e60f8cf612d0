"""An instruction, sometimes with what it is about, and its output."""

from __future__ import annotations

from rungwise.conversation import Conversation, Message
from rungwise.data.shape import Example, Row
from rungwise.data.turns import has_text, pairs_of_turns, text_of, with_system
from rungwise.data.wanted import VERDICTS, check_wanted


class Alpaca:
    """The columns of the Alpaca data; an `input` follows its instruction after a blank line.

    `system` and `history`, a list of earlier questions with their answers, come before it, as
    LLaMA-Factory has them.
    """

    asked = ("instruction",)
    answer = ("output",)
    optional = ("input", "system", "history", *VERDICTS)
    implied: tuple[str, ...] = ()
    meaning = (
        "instructions and outputs: an `input` follows the instruction after a blank line, "
        "the output is expected"
    )

    def example(self, row: Row, *, answered: bool) -> Example:
        """One question and its answer."""
        if answered:
            check_wanted(row)
        question = text_of(row, "instruction")
        if has_text(row.get("input")):
            question += "\n\n" + text_of(row, "input")
        turns: Conversation = (*pairs_of_turns(row, "history"), Message("user", question))
        if answered or has_text(row.get("output")):
            turns += (Message("assistant", text_of(row, "output")),)
        return Example(with_system(row, turns))
