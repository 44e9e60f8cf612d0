"""Whether answers are valid JSON, apart from whether they say what is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rungwise.evaluation.json_fields import tree
from rungwise.evaluation.text_mistakes import Answer, is_json, says_what_is_right


@dataclass(frozen=True, slots=True)
class Validity:
    """Counts of answers: valid or not, and of each, how many say what is right.

    What is right in an answer that is not valid is taken out of the words around it.
    """

    valid: int
    valid_right: int
    invalid: int
    invalid_right: int

    @property
    def told(self) -> str:
        """Both apart, in a sentence."""
        count = self.valid + self.invalid
        told = (
            f"{self.valid:,} of {count:,} answers are valid, and {self.valid_right:,} of these "
            "say what is right"
        )
        if not self.invalid:
            return f"{told}."
        return f"{told}; of the others, {self.invalid_right:,} of {self.invalid:,} do."


def validity(
    answers: Sequence[Answer], valid: Callable[[str], bool] | None = None
) -> Validity | None:
    """Count both apart; None unless every expected text is a JSON object or list.

    Args:
        answers: What was expected and answered (n).
        valid: Whether an answer is valid, such as by a schema (`json_schemas.Schema.fault`); by
            default if the whole of it is one JSON value.
    """
    if not answers or not all(is_json(one.expected) for one in answers):
        return None
    holds = valid or (lambda text: tree(text) is not None)
    told = [(holds(one.output), says_what_is_right(one)) for one in answers]
    good = [right for whole, right in told if whole]
    bad = [right for whole, right in told if not whole]
    return Validity(len(good), sum(good), len(bad), sum(bad))
