"""A local language model whose answers are kept as they come, so that Ctrl-C loses none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rungwise.conversation import Conversation, Generated, LanguageModel
from rungwise.models.endpoint.answers import Answers
from rungwise.objects import digest_json
from rungwise.progress import Progress

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

AT_ONCE = 8
"""Questions between two writes: what an interruption costs at most."""


class Remembered:
    """A model, and a file of its answers; one that is on file is not asked for again."""

    def __init__(self, model: LanguageModel, path: Path) -> None:
        self.model, self.name, self.digest = model, model.name, model.digest
        self._answers = Answers(path)

    @property
    def context(self) -> int:
        """As of the model."""
        return self.model.context

    def generate(
        self,
        prompts: Sequence[Conversation],
        progress: Progress,
        *,
        max_tokens: int,
        schema: Mapping[str, Any] | None = None,
        shown: Callable[[int, str], None] | None = None,
    ) -> list[Generated]:
        """As of the model; raises what it raises, and `StorageError`. Nothing is shown."""
        setting = {"model": self.digest, "max_tokens": max_tokens, "schema": schema}
        keys = [digest_json({**setting, "prompt": _plain(one)}) for one in prompts]
        asked = dict(zip(keys, prompts, strict=True))
        wanted = [key for key in asked if self._answers.get(key) is None]
        if len(wanted) < len(asked):
            progress.say(f"{len(asked) - len(wanted)} of {len(asked)} answers are on file already")
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            told = self.model.generate(
                [asked[key] for key in some], progress, max_tokens=max_tokens, schema=schema
            )
            for key, one in zip(some, told, strict=True):
                self._answers.keep(key, asdict(one))
        return [Generated(**(self._answers.get(key) or {})) for key in keys]

    def score(
        self, prompts: Sequence[Conversation], options: Sequence[str], progress: Progress
    ) -> NDArray[numpy.float64]:
        """As of the model; scores are not kept."""
        return self.model.score(prompts, options, progress)


def _plain(prompt: Conversation) -> list[dict[str, str]]:
    return [{"role": one.role, "content": one.content} for one in prompt]
