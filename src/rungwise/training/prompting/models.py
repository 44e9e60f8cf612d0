"""Which plug-in opens a task's models, and its language model, opened once a process."""

from __future__ import annotations

import functools
from pathlib import Path

from rungwise import plugins
from rungwise.conversation import LanguageModel
from rungwise.models.endpoint import is_endpoint
from rungwise.protocols import RungContext
from rungwise.task import Goal


def language_model(context: RungContext) -> LanguageModel:
    """The task's first model.

    Raises:
        ModelError: It cannot be opened.
    """
    return _open(context.task.models[0], context.folder)


@functools.lru_cache(maxsize=1)
def _open(name: str, folder: Path) -> LanguageModel:
    model: LanguageModel = plugins.load("models", _of_texts(name)).open(name, folder)
    return model


def opener(goal: Goal, name: str) -> str:
    """The plug-in that opens a model of this name for a task of this kind."""
    return goal.modality if goal.kind == "classify" else _of_texts(name)


def _of_texts(name: str) -> str:
    return "endpoint" if is_endpoint(name) else "language"
