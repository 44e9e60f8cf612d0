"""A system prompt that the model itself proposes, from a few rows and what they should become.

Zhou et al. 2022, "Large Language Models Are Human-Level Prompt Engineers" (arXiv:2211.01910): the
model is asked what it should be told, and proposals compete on validation with all other prompts.
"""

from __future__ import annotations

import polars as pl

from rungwise.conversation import Conversation, LanguageModel, Message, of_input, with_room_to_think
from rungwise.goal import wish
from rungwise.protocols import RungContext
from rungwise.table import Examples
from rungwise.training.prompting import shots

SHOWN = 8
"""Rows that a proposal is made from, drawn anew for each."""
LONGEST = 256
"""Tokens."""


def proposal(number: int, model: LanguageModel, train: Examples, context: RungContext) -> str:
    """The proposal of that number, counted from 0; "" where the model wrote nothing.

    Raises:
        ModelError: It cannot be asked.
    """
    seed = context.task.policy.seed + number
    rows = pl.DataFrame({"input": train.inputs.values, "expected": train.expected})
    shown = shots.drawn(shots.pool(rows, seed), SHOWN, seed)
    question = _question(wish(context.task.task.goal).rstrip("."), shown)
    (told,) = with_room_to_think(model, [question], context.progress, max_tokens=LONGEST)
    return told.text.strip()


def _question(goal: str, shown: pl.DataFrame) -> Conversation:
    pairs = [
        f"Input: {_said(asked)}\nOutput: {expected}"
        for asked, expected in shown.select("input", "expected").iter_rows()
    ]
    wanted = (
        f"The task: {goal}.\n\nWrite the instruction, in at most 100 words, with which an "
        "assistant gives exactly such outputs for inputs that it has not seen. Write the "
        "instruction alone."
    )
    return (Message("user", "\n\n".join([*pairs, wanted])),)


def _said(asked: str) -> str:
    return "\n".join(one.content for one in of_input(asked) if one.role != "system")
