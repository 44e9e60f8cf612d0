"""One question and two answers, of which people or a judge chose one."""

from __future__ import annotations

from rungwise.conversation import Conversation
from rungwise.data.shape import Example, Row, Unfit
from rungwise.data.turns import continued, has_text, written


class Preference:
    """What preference tuning learns from; until then the chosen answer is the one to learn."""

    asked = ("prompt",)
    answer = ("chosen", "rejected")
    optional: tuple[str, ...] = ()
    meaning = "preferences: the chosen answer is expected, the rejected one is kept beside it"

    def example(self, row: Row, *, answered: bool) -> Example:
        """The prompt's turns and the chosen answer; the rejected one apart."""
        prompt = written(row, "prompt", "user")
        if not answered and not has_text(row.get("chosen")):
            return Example(prompt)
        chosen = continued(prompt, written(row, "chosen", "assistant"))
        if not answered:
            return Example(chosen)
        return Example(chosen, _rejected(row, prompt, chosen))


def _rejected(row: Row, prompt: Conversation, chosen: Conversation) -> str:
    """The last turn of the rejected side. It may be empty: to answer nothing is a way to lose."""
    cell = row["rejected"]
    if cell is None:
        raise Unfit("no `rejected`", "expected the answer that was not chosen")
    if not has_text(cell):
        return ""
    turns = continued(prompt, written(row, "rejected", "assistant"))
    if turns[:-1] != chosen[:-1]:
        raise Unfit(
            "`chosen` and `rejected` differ before the last turn",
            "expected two answers to one question",
        )
    if turns[-1].role != "assistant":
        raise Unfit(
            f"`rejected` ends with the {turns[-1].role}",
            "expected the assistant's answer as its last turn",
        )
    if turns[-1].content.strip() == chosen[-1].content.strip():
        raise Unfit("`chosen` and `rejected` are the same", "expected two answers that differ")
    return turns[-1].content
