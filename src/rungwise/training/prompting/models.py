"""Opening the task's language model once a process."""

from __future__ import annotations

import functools
from pathlib import Path

from rungwise import plugins
from rungwise.conversation import LanguageModel
from rungwise.models.endpoint import is_endpoint
from rungwise.protocols import RungContext


def language_model(context: RungContext) -> LanguageModel:
    """The task's first model.

    Raises:
        ModelError: It cannot be opened.
    """
    return _open(context.task.models[0], context.folder)


@functools.lru_cache(maxsize=1)
def _open(name: str, folder: Path) -> LanguageModel:
    kind = "endpoint" if is_endpoint(name) else "language"
    model: LanguageModel = plugins.load("models", kind).open(name, folder)
    return model
