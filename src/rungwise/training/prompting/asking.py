"""From a rung's configuration to a model that is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from rungwise.conversation import LanguageModel
from rungwise.errors import ModelError
from rungwise.models.language.kept_batches import KeptBatches
from rungwise.plugins import kind_of
from rungwise.protocols import RungContext
from rungwise.records import Numbers
from rungwise.rules import OWN_ROOM
from rungwise.table import Examples
from rungwise.training.prompting import shots
from rungwise.training.prompting.choosing import Chosen, restored, served
from rungwise.training.prompting.instruction import instructions, names, tried
from rungwise.training.prompting.models import language_model
from rungwise.training.prompting.prompted import (
    Asked,
    Prompted,
    answer_schema,
)
from rungwise.training.prompting.proposed import proposal
from rungwise.training.prompting.room import longest_answer, room_if_cut, with_room
from rungwise.training.retrieval import build, passages, ways


def prompt(
    number: int, train: Examples, context: RungContext, rows: Examples | None = None
) -> Prompted:
    """The system prompt of that number, and no example; a proposal is asked for.

    `rows` are those that will be asked: how much is written to a few of them gives the room.

    Raises:
        ModelError: The model proposes nothing, or cannot be asked.
    """
    expected, seed = train.expected, context.task.policy.seed
    own = len(instructions(context.task, expected))
    if number < own:
        return _roomy(_prompted(number, None, 0, seed, train, context), rows, context)
    model = language_model(context)
    system = proposal(number - own, model, train, context)
    if not system:
        raise ModelError(
            f"{model.name} proposes no system prompt: its answer is empty",
            "Set `generation.proposals` to 0, or write `generation.prompts` yourself.",
        )
    context.progress.say(f"{model.name} proposes: {system}")
    return _roomy(_prompted(number, None, 0, seed, train, context, system), rows, context)


def few_shot(
    configuration: Numbers,
    seed: int,
    train: Examples,
    context: RungContext,
    rows: Examples | None = None,
) -> Prompted:
    """A system prompt with examples, chosen as `selection` says; `rows` as for `prompt`."""
    selection: shots.Selection = configuration["selection"]
    count = int(configuration["shots"])
    number = int(configuration["prompt"])
    fitted = _prompted(number, selection, count, seed, train, context)
    drawn = None  # whichever examples are shown, answers are as long: one pilot does for all
    if selection != "random" and not kind_of(context.task).labels:
        drawn = _prompted(number, "random", count, seed, train, context)
    return _roomy(fitted, rows, context, drawn)


def with_passages(
    configuration: Numbers, seed: int, train: Examples, rows: Examples, context: RungContext
) -> Prompted:
    """A system prompt with passages before each question, and how well they were found.

    Args:
        configuration: `prompt`, `search`, `chunks`, and `selection` and `shots` of examples.
        seed: Of the choice of examples.
        train: Where examples are chosen.
        rows: On which the search is measured, apart from the answers (R39).
        context: Its documents are looked through.
    """
    plain = _prompted(
        int(configuration["prompt"]), configuration["selection"], int(configuration["shots"]),
        seed, train, context,
    )  # fmt: skip
    looked_up = build.passages(configuration["search"], int(configuration["chunks"]), context)
    asked = replace(plain.asked, system=passages.told_to_read(plain.asked.system))
    fitted = Prompted(plain.model, asked, plain.examples, passages=looked_up)
    fitted.kept = plain.kept
    about = {key: one for key, one in plain.details.items() if key not in fitted.details}
    told = build.measured(looked_up, rows, context)
    beside = {"searches": list(ways.compared(context)), "ideas": list(ways.ideas(context))}
    kept = {key: one for key, one in beside.items() if one}
    told = {**told, "retrieval": {**told["retrieval"], **kept}}
    fitted.details = {**fitted.details, **about, **told}
    return _roomy(fitted, rows, context)


def restore(folder: Path, context: RungContext) -> Prompted:
    """What a rung saved."""
    found = restored(language_model(context), folder)
    found.passages = passages.restored(folder, context)
    return found


def serve(folder: Path, model: LanguageModel) -> Prompted:
    """What a rung exported, asking the weights beside it."""
    found = served(model, folder)
    found.passages = passages.served(folder)
    return found


def _prompted(
    number: int,
    selection: shots.Selection | None,
    count: int,
    seed: int,
    train: Examples,
    context: RungContext,
    system: str | None = None,
) -> Prompted:
    model = language_model(context)
    told = names(context.task, train.expected)
    if system is None:
        system = tried(number, context.task, train.expected, context.attempts)
    longest = longest_answer(context, train.expected, model)
    asked = Asked(
        system, selection, count, longest, seed, answer_schema(context),
        chat=context.task.generation.chat_template, thinking=room_if_cut(context, model),
    )  # fmt: skip
    shown = _examples(selection, count, seed, train)
    if kind_of(context.task).labels:
        fitted: Prompted = Chosen(model, asked, shown, context.classes)
    else:
        fitted = Prompted(model, asked, shown)
    fitted.kept = KeptBatches(context.cache, model.digest)
    fitted.details = {**fitted.details, "prompts": told, "name": told[number]}
    return fitted


def _roomy(
    fitted: Prompted, rows: Examples | None, context: RungContext, like: Prompted | None = None
) -> Prompted:
    if rows is None or context.rules < OWN_ROOM:
        return fitted
    return with_room(fitted, rows.inputs.values, context, like)


def _examples(
    selection: shots.Selection | None, count: int, seed: int, train: Examples
) -> pl.DataFrame:
    rows = pl.DataFrame({"input": train.inputs.values, "expected": train.expected})
    if selection is None:
        return rows.clear()
    rows = shots.pool(rows, seed)
    if selection == "random":
        return shots.drawn(rows, count, seed)
    return shots.diverse(rows, count, seed) if selection == "diverse" else rows
