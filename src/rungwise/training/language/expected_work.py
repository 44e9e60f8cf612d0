"""Tokens that an attempt will read and write, counted on rows that are known before it begins."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rungwise.conversation import Conversation, Message, of_input
from rungwise.models.language.decoding import LEAST_SHARED
from rungwise.models.language.local import LocalLanguageModel
from rungwise.protocols import RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training.language.loop import BATCH
from rungwise.training.language.tuning import EPOCHS, JUDGED
from rungwise.training.prompting.instruction import tried
from rungwise.training.prompting.prompted import BYTES
from rungwise.training.prompting.room import longest_answer

SOME = 60
"""Rows whose tokens are counted: a mean of that many is good enough."""
TOKENS_A_WORD = 1.4
PASSES = 4
"""Steps that compare full tuning with adapters, on one batch (R50)."""
BACKWARD = 3.0
"""A step of training takes so many times a pass forward through what is trained."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Mean tokens of what a task asks and expects.

    Attributes:
        system: Of the instruction with all that the chat template puts around it.
        question, answer: Of an input and of an expected output.
        longest: Tokens that an answer may have.
        prompts: A few prompts as token ids; none behind an endpoint.
    """

    system: float
    question: float
    answer: float
    longest: int
    prompts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Work:
    """Tokens of one attempt.

    Attributes:
        read, written: That the network computes.
        asked: Of all prompts as they are billed, where beginnings are not shared.
        answers: Of all answers that are measured.
        epochs: In which a model is trained; 0 where nothing is.
        of_epochs, written_in_epochs: Of `read` and `written`, what all epochs take together.
    """

    read: float
    written: float
    asked: float
    answers: float
    epochs: int = 0
    of_epochs: float = 0.0
    written_in_epochs: float = 0.0


def sizes(
    model: object, configuration: Numbers, train: Examples, rows: Examples, context: RungContext
) -> Sizes:
    """Count a few rows."""
    number = int(configuration.get("prompt", 0))
    told = tried(number, context.task, train.expected, context.attempts)
    asked = [of_input(text) for text in rows.inputs.values[:SOME]]
    whole = [(Message("system", told), *question) for question in asked]
    answers = train.expected[:SOME].to_list()
    if not isinstance(model, LocalLanguageModel):
        each = [sum(len(one.content.encode()) for one in prompt) / BYTES for prompt in asked]
        expected = statistics.fmean(len(one.encode()) / BYTES for one in answers)
        longest = context.task.generation.max_tokens or int(2 * expected)
        return Sizes(len(told.encode()) / BYTES, statistics.fmean(each), expected, longest, ())
    prompts = tuple(tuple(model.tokens(prompt)) for prompt in whole)
    plain = [len(model.tokens(prompt)) for prompt in asked]
    empty: Conversation = (Message("system", told), Message("user", ""))
    system = float(len(model.tokens(empty)))
    without = float(len(model.tokens((Message("user", ""),))))
    question = max(1.0, statistics.fmean(plain) - without)
    answer = statistics.fmean(model.count(one) for one in answers)
    return Sizes(system, question, answer, longest_answer(context, train.expected, model), prompts)


def asking(
    found: Sizes, configuration: Numbers, rows: int, context: RungContext, done: Sequence[Evidence]
) -> Work:
    """Of a rung that asks and trains nothing."""
    shots = int(configuration.get("shots", 0)) if configuration.get("selection") else 0
    shown = shots * (found.question + found.answer + LEAST_SHARED / 4)
    passages = _passages(configuration, context)
    own, shared = found.question + passages, found.system
    if configuration.get("selection") == "nearest":
        own += shown
    else:
        shared += shown
    answer = _written(found, bool(shots), done)
    return Work(shared + rows * own, rows * answer, rows * (shared + own), rows * answer)


def training(
    found: Sizes,
    configuration: Numbers,
    parts: tuple[int, int],
    blocks: int,
    context: RungContext,
    done: Sequence[Evidence],
) -> Work:
    """Of a rung that tunes: what is read once, every epoch with its judgement, and the answers.

    Args:
        found: Sizes of rows.
        configuration: `layers` where only the last are trained.
        parts: Rows that are learnt from, and that epochs and attempts are measured on.
        blocks: Of the network.
        context: Of the rung.
        done: Attempts of the same rung: what lies below the boundary was read for them.
    """
    train, measured = parts
    question = found.question + _passages(configuration, context)
    whole = found.system + question + found.answer
    upper = min(1.0, int(configuration.get("layers") or blocks) / blocks)
    epochs = context.task.training.epochs or EPOCHS
    answer = _written(found, True, [one for one in done if one.trains])
    judged = min(JUDGED, measured)
    head = found.answer / whole  # logits are made of answers alone
    epoch = train * whole * BACKWARD * (upper * (1 - head) + head * min(1.0, upper + 0.3))
    epoch += measured * whole * upper + found.system + judged * question
    reading = 0.0 if done or upper == 1 else (train + measured) * whole * (1 - upper)
    compared = 0.0 if done else PASSES * min(BATCH, train) * whole * (BACKWARD + 1)
    read = reading + compared + epochs * epoch + found.system + measured * question
    judging = epochs * judged * answer
    asked = measured * (found.system + question)
    return Work(
        read, judging + measured * answer, asked, measured * answer, epochs, epochs * epoch, judging
    )


def _passages(configuration: Numbers, context: RungContext) -> float:
    """Tokens of what is put before a question, where answers are looked up."""
    if "search" not in configuration:
        return 0.0
    return float(configuration["chunks"]) * context.task.retrieval.words * TOKENS_A_WORD


def _written(found: Sizes, shown: bool, done: Sequence[Evidence]) -> float:
    """Tokens of an answer: as the last attempt of the rung wrote, else as is expected.

    A model that was shown no answer does not know when to end, and writes until it is cut.
    """
    for one in reversed(done):
        if one.details.get("rows"):
            return float(one.details["output_tokens"]) / float(one.details["rows"])
    return found.answer if shown else float(found.longest)
