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


class Hears(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def say(self, line: str) -> None:
        self.told.append(line)


class Remote:
    """A model behind an endpoint, which is asked nothing here."""

    name, context = "remote", 100_000


def limit(
    lengths: Sequence[int | None], before: int = 16, about: Task | None = None, room: int = 0
) -> int:
    model = Writes(lengths)
    model.thinking_room = room
    context = RungContext(about or task(), Path(), Path(), (), Silent(), lambda expected, told: 0.0)
    fitted = Prompted(model, Asked("Answer.", None, 0, before, 1), NO_EXAMPLES)
    found = with_room(fitted, QUESTIONS, context)
    assert found.details["max_tokens"] == found.asked.max_tokens
    if model.asked:
        assert model.asked[0][0] == 20 == found.details["pilot"]["rows"]
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


@pytest.mark.parametrize("room", [0, 100, 1000])
def test_the_room_for_thinking_that_is_stated_holds_whatever_the_model_has(room: int) -> None:
    about = task(generation={"thinking_tokens": 100})
    assert limit([300], 116, about, room) == 256 + 100


@pytest.mark.parametrize(("thinking", "room"), [(None, 256), (1000, 1256)])
def test_an_endpoint_has_all_of_the_room_and_it_is_said(thinking: int | None, room: int) -> None:
    about, progress = task(generation={"thinking_tokens": thinking}), Hears()
    context = RungContext(about, Path(), Path(), (), progress, lambda expected, told: 0.0)
    remote: Any = Remote()
    before = 16 + (thinking or 0)
    fitted = Prompted(remote, Asked("Answer.", None, 0, before, 1), NO_EXAMPLES)
    assert with_room(fitted, QUESTIONS, context).asked.max_tokens == room
    assert [line for line in progress.told if f"{room:,} tokens" in line] == progress.told != []


def test_where_no_prompt_fits_nothing_is_said_of_answers() -> None:
    class Small(Writes):
        def fits(self, prompt: Conversation, room: int) -> bool:
            return False

    progress = Hears()
    context = RungContext(task(), Path(), Path(), (), progress, lambda expected, told: 0.0)
    fitted = Prompted(Small([5]), Asked("Answer.", None, 0, 16, 1), NO_EXAMPLES)
    assert with_room(fitted, QUESTIONS, context).asked.max_tokens == 16
    assert not progress.told
