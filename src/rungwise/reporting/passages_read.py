"""The passages that stood before a question, read back from what was asked."""

from __future__ import annotations

from rungwise.conversation import of_input
from rungwise.errors import DataError
from rungwise.evaluation.folding import folded
from rungwise.training.retrieval.passages import QUESTION


def passages_read(prompt: str, asked: str) -> str:
    """The text that was put before the question; "" if nothing was.

    Args:
        prompt: The whole conversation, as `rungwise.conversation.as_input` writes it.
        asked: The input of the row.
    """
    try:
        read, question = _last_said(prompt), _last_said(asked)
    except DataError:
        return ""
    end = QUESTION + question
    return read.removesuffix(end).strip() if read.endswith(end) else ""


def holds(passages: str, expected: str) -> bool:
    """Whether the expected text stands in the passages but for case, signs and white space."""
    wanted = folded(expected)
    return bool(wanted) and f" {wanted} " in f" {folded(passages)} "


def _last_said(conversation: str) -> str:
    said = [one.content for one in of_input(conversation) if one.role == "user"]
    return said[-1] if said else ""
