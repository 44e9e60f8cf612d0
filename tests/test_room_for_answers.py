"""The longest answer of a model that is not trained: by what it writes to a few rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.made_colours import task

from rungwise.conversation import Conversation, Generated
from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Silent
from rungwise.protocols import RungContext
from rungwise.task import Task
from rungwise.training.prompting.prompted import Asked, Prompted
from rungwise.training.prompting.room import with_room

QUESTIONS = pl.Series([f"{'very ' * row}long?" for row in range(40)])
NO_EXAMPLES = pl.DataFrame(schema={"input": pl.String, "expected": pl.String})


class Writes(LocalLanguageModel):
    """Writes so many tokens to each question in turn, and loops where that is None."""

    context = 2048
    thinking_room = 0

    def __init__(self, lengths: Sequence[int | None]) -> None:
        self.name, self.lengths = "scripted", lengths
        self.asked: list[tuple[int, int]] = []

    def fits(self, prompt: Conversation, room: int) -> bool:
        return True

    def generate(
        self, prompts: Sequence[Conversation], progress: Any, *, max_tokens: int, **_: Any
    ) -> list[Generated]:
        self.asked.append((len(prompts), max_tokens))
        told = []
        for place in range(len(prompts)):
            length = self.lengths[place % len(self.lengths)]
            ended = length is not None and length <= max_tokens
            count = length if ended and length is not None else max_tokens
            text = "a b " * 9 if length is None else " ".join(map(str, range(count)))
            told.append(Generated(text, 5, count, "stop" if ended else "length"))
        return told


def limit(lengths: Sequence[int | None], before: int = 16, about: Task | None = None) -> int:
    model = Writes(lengths)
    context = RungContext(about or task(), Path(), Path(), (), Silent(), lambda expected, told: 0.0)
    fitted = Prompted(model, Asked("Answer.", None, 0, before, 1), NO_EXAMPLES)
    found = with_room(fitted, QUESTIONS, context)
    assert found.details["max_tokens"] == found.asked.max_tokens
    if model.asked:
        assert model.asked[0][0] == 8 == found.details["pilot"]["rows"]
    return found.asked.max_tokens


@pytest.mark.parametrize(
    ("lengths", "before", "expected"),
    [
        ([100, 40], 16, 150),  # a half more than the longest
        ([4, 9], 16, 16),  # never less than the expected answers ask for
        ([100, None], 16, 150),  # a loop has no end, whatever the room
        ([None], 16, 16),
        ([100, 900], 16, 256),  # one had not ended: all the room of the pilot
        ([300], 100, 400),  # four times the expected answers, and 450 are wished
        ([900], 400, 512),  # a quarter of what it reads
    ],
)
def test_a_model_has_room_for_what_it_writes(
    lengths: list[int | None], before: int, expected: int
) -> None:
    assert limit(lengths, before) == expected


def test_the_task_may_say_how_long_an_answer_is() -> None:
    about = task(generation={"max_tokens": 20})
    assert limit([100], 20, about) == 20
