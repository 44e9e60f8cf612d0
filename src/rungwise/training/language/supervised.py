"""Prompts with their answers as token ids: only the answer, and its end, is learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rungwise.conversation import Conversation
from rungwise.models.language.local import LocalLanguageModel


@dataclass(frozen=True)
class Supervised:
    """Rows to learn from.

    Attributes:
        ids: Prompt, answer and stop token of each row.
        begins: Where each row's answer begins.
        left_out: Rows that are longer than the limit: cut, they would teach never to stop.
    """

    ids: tuple[tuple[int, ...], ...]
    begins: NDArray[np.int64]
    left_out: int

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row."""
        return np.array([len(row) for row in self.ids], np.int64)


def supervised(
    model: LocalLanguageModel,
    prompts: Sequence[Conversation],
    answers: Sequence[str],
    limit: int,
) -> Supervised:
    """Code prompts and answers.

    Args:
        model: Whose tokenizer and chat template are used.
        prompts: What is asked (n).
        answers: What should be answered (n).
        limit: Most tokens of a row.
    """
    stop = int(model.tokenizer.eos_token_id)
    rows, begins = [], []
    for prompt, answer in zip(prompts, answers, strict=True):
        asked = model.tokens(prompt)
        told = model.tokenizer(answer, add_special_tokens=False)["input_ids"]
        row = (*asked, *told, stop)
        if len(row) <= limit:
            rows.append(row)
            begins.append(len(asked))
    return Supervised(tuple(rows), np.array(begins, np.int64), len(prompts) - len(rows))
