"""Tokens that a model reads and writes a second here, measured on a few prompts."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rungwise.models.language import decoding
from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Silent

ROWS = 16
WRITTEN = 6
"""Tokens that are written to each."""
LONGEST = 512
"""Tokens of a prompt that are read."""
SLOW = 1.0
"""Seconds for one token of one prompt from which fewer rows tell enough."""


def measure(model: LocalLanguageModel, prompts: Sequence[Sequence[int]]) -> tuple[float, float]:
    """Tokens read and written a second.

    Args:
        model: What is asked; its weights are loaded.
        prompts: Token ids of prompts such as those that it will be asked.
    """
    some = [list(prompt[:LONGEST]) for prompt in prompts[:ROWS]]
    began = time.perf_counter()
    _seconds(model, some[:1], 1)  # the first pass wakes what had gone to sleep
    if time.perf_counter() - began > SLOW:
        some = some[:2]
    shared = decoding.shared_prefix(some)
    reading = _seconds(model, some, 1)
    writing = max(_seconds(model, some, 1 + WRITTEN) - reading, 1e-6)
    read = shared + sum(len(prompt) - shared for prompt in some)
    return read / reading, len(some) * WRITTEN / writing


def _seconds(model: LocalLanguageModel, prompts: list[list[int]], tokens: int) -> float:
    began = time.perf_counter()
    decoding.answer(model.network, prompts, tokens, frozenset(), Silent())
    return max(time.perf_counter() - began, 1e-6)
