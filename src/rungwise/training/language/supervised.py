"""Prompts with their answers as token ids: only the answer, and its end, is learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rungwise.conversation import Conversation
from rungwise.errors import ModelError
from rungwise.models.language.local import LocalLanguageModel


@dataclass(frozen=True)
class Supervised:
    """Rows to learn from.

    Attributes:
        ids: Prompt, answer and stop token of each row.
        begins: Where each row's answer begins.
        left_out: Rows that are longer than the limit: cut, they would teach never to stop.
        longest: Tokens of the longest row, those left out included.
    """

    ids: tuple[tuple[int, ...], ...]
    begins: NDArray[np.int64]
    left_out: int
    longest: int = 0

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row."""
        return np.array([len(row) for row in self.ids], np.int64)

    @property
    def learnt(self) -> NDArray[np.int64]:
        """Tokens of each row that something is learnt from."""
        return self.lengths - self.begins


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

    Raises:
        ModelError: The chat template cannot render them; see `stop_token`.
    """
    stop = stop_token(model)
    rows, begins, longest = [], [], 0
    for prompt, answer in zip(prompts, answers, strict=True):
        asked = model.tokens(prompt)
        told = model.chat.answer(answer)
        row = (*asked, *told, stop)
        longest = max(longest, len(row))
        if len(row) <= limit:
            rows.append(row)
            begins.append(len(asked))
    left_out = len(prompts) - len(rows)
    return Supervised(tuple(rows), np.array(begins, np.int64), left_out, longest)


def stop_token(model: LocalLanguageModel) -> int:
    """The token that is taught to end an answer: see `models.language.chat_template`.

    Raises:
        ModelError: There is none; or the folder does not say that writing stops there, so that a
            tuned model would never end its answers where others serve it.
    """
    stop = model.chat.end
    if stop not in model.named_stops:
        raise ModelError(
            f"The chat template of {model.name} ends an answer with "
            f"{model.tokenizer.convert_ids_to_tokens(stop)!r}, at which the model does not stop "
            "writing",
            "Add that token to `eos_token_id` in its generation_config.json.",
        )
    return stop
