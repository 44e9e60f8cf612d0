"""One question and two answers, of which people or a judge chose one."""

from __future__ import annotations

from rungwise.conversation import Conversation
from rungwise.data.shape import Example, Row, Unfit
from rungwise.data.turns import continued, has_text, transcript, with_system, written


class Preference:
    """What preference tuning learns from; until then the chosen answer is the one to learn.

    Without `prompt` both answers are whole conversations that differ in the last turn (TRL's
    implicit prompt), as lists of turns or as `Human:` and `Assistant:` in a text.
    """

    asked = ("prompt",)
    answer = ("chosen", "rejected")
    optional = ("system",)
    implied = ("prompt",)
    meaning = "preferences: the chosen answer is expected, the rejected one is kept beside it"

    def example(self, row: Row, *, answered: bool) -> Example:
        """The prompt's turns and the chosen answer; the rejected one apart."""
        prompt = written(row, "prompt", "user") if "prompt" in row else ()
        if not answered and not has_text(row.get("chosen")):
            return Example(with_system(row, prompt))
        chosen = continued(prompt, _answer(row, "chosen"))
        if not answered:
            return Example(with_system(row, chosen))
        return Example(with_system(row, chosen), _rejected(row, prompt, chosen))


def _answer(row: Row, column: str) -> Conversation:
    """The turns of one side; without a prompt they hold the question too."""
    turns = written(row, column, "assistant")
    if "prompt" in row or len(turns) > 1:
        return turns
    found = transcript(turns[0].content)
    if found is None:
        raise Unfit(
            f"`{column}` holds no question, and there is no `prompt`",
            "expected a column `prompt`, or whole conversations in `chosen` and `rejected`",
        )
    return found


def _rejected(row: Row, prompt: Conversation, chosen: Conversation) -> str:
    """The last turn of the rejected side. It may be empty: to answer nothing is a way to lose."""
    cell = row["rejected"]
    if cell is None:
        raise Unfit("no `rejected`", "expected the answer that was not chosen")
    if not has_text(cell):
        return ""
    turns = continued(prompt, _answer(row, "rejected"))
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
