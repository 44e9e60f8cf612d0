"""Which plug-in opens a task's models, and its language model, opened once a process."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from rungwise import plugins
from rungwise.conversation import LanguageModel
from rungwise.errors import TaskError
from rungwise.models.endpoint import EndpointLimits, EndpointModel, is_endpoint
from rungwise.models.language.local import LocalLanguageModel
from rungwise.plugins import kind_of
from rungwise.protocols import RungContext
from rungwise.task import Task

ANSWERS = "answers.jsonl"
"""In the cache: every answer of an endpoint, as it comes; an interrupted run asks for the rest."""


def named(task: Task) -> str | None:
    """The language model that a task asks: its base model, or beside it `language_model`."""
    return task.models[0] if kind_of(task).writes else task.language_model


def language_model(context: RungContext) -> LanguageModel:
    """The language model of a task that names one.

    Raises:
        InputError: It cannot be opened, or the limits of its endpoint contradict each other.
    """
    name = named(context.task)
    assert name is not None, "a rung that asks excuses itself where nobody is named"
    if not is_endpoint(name):
        before = _local.cache_info().misses
        options = json.dumps(context.task.generation.chat_template, sort_keys=True)
        model = _local(name, context.folder, options)
        if _local.cache_info().misses > before:
            for note in model.notes:
                context.progress.say(note)
        return model
    if context.task.generation.chat_template:
        raise TaskError(
            f"`generation.chat_template` is for a model on this machine, and {name} is not",
            "Set `endpoint.extra_body`, as its server takes the options.",
        )
    endpoint = _behind(name, limits(context.task), context.cache / ANSWERS)
    endpoint.tell_key(context.progress)
    return endpoint


def limits(task: Task) -> EndpointLimits:
    """What a task says of its endpoint.

    Raises:
        InputError: Two settings contradict each other.
    """
    return EndpointLimits(**task.endpoint.model_dump(exclude_none=True))


def identity(opener: Any, name: str, folder: Path, task: Task) -> str:
    """`name@digest` of a model: of an endpoint, with the request parameters that the task sets.

    Raises:
        ModelError: The model cannot be used.
    """
    told = {"limits": limits(task)} if is_endpoint(name) else {}
    model = opener.open(name, folder, **told)
    return f"{model.name}@{model.digest}"


@functools.lru_cache(maxsize=1)
def _local(name: str, folder: Path, options: str) -> LocalLanguageModel:
    model: LocalLanguageModel = of_texts(name).open(name, folder)
    model.chat_options = json.loads(options)
    return model


@functools.lru_cache(maxsize=1)
def _behind(name: str, limits: EndpointLimits, answers: Path) -> EndpointModel:
    answers.parent.mkdir(parents=True, exist_ok=True)
    model: EndpointModel = of_texts(name).open(
        name, limits=limits, answers=answers, check_name=True
    )
    return model


def opener(task: Task, name: str) -> Any:
    """The plug-in that opens a model of this name for a task of this kind."""
    return of_texts(name) if kind_of(task).writes else plugins.modality_of(task)


def of_texts(name: str) -> Any:
    """The plug-in that opens a language model of this name."""
    return plugins.load("models", "endpoint" if is_endpoint(name) else "language")
