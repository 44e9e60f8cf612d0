"""What is asked in one column, what is to be answered in another."""

from __future__ import annotations

from rungwise.data.shape import Example, Row, Unfit
from rungwise.data.turns import continued, has_text, with_system, written
from rungwise.data.wanted import UNWANTED, VERDICT


class PromptCompletion:
    """Texts, or lists of messages as TRL writes them.

    A `label` of true and false says whether the completion was wanted, as in data for KTO
    (Ethayarajh et al. 2024): one that was not is no answer to learn.
    """

    asked = ("prompt",)
    answer = ("completion",)
    optional = ("system", VERDICT)
    implied: tuple[str, ...] = ()
    meaning = "questions and answers: the completion is expected"

    def example(self, row: Row, *, answered: bool) -> Example:
        """The prompt's turns and then the completion's."""
        if answered and VERDICT in row:
            _check_wanted(row[VERDICT])
        turns = written(row, "prompt", "user")
        if answered or has_text(row.get("completion")):
            turns = continued(turns, written(row, "completion", "assistant"))
        return Example(with_system(row, turns))


def _check_wanted(cell: str | None) -> None:
    if cell is None or not has_text(cell):
        raise Unfit(f"`{VERDICT}` is empty", "expected true or false")
    if cell.strip().lower() in UNWANTED:
        raise Unfit(
            f"`{VERDICT}` is {cell.strip().lower()}",
            "the completion was not wanted, and is not learnt as an answer",
        )
