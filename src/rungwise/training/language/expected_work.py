"""Tokens that an attempt will read and write, counted on rows that are known before it begins."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rungwise.conversation import Conversation, Message, of_input
from rungwise.models.language.decoding import LEAST_SHARED, batches
from rungwise.models.language.local import LocalLanguageModel
from rungwise.plugins import kind_of
from rungwise.protocols import RungContext
from rungwise.records import Evidence, Numbers
from rungwise.rules import OWN_ROOM
from rungwise.table import Examples
from rungwise.training.language.loop import BATCH
from rungwise.training.language.tuning import EPOCHS, JUDGED
from rungwise.training.prompting.instruction import tried
from rungwise.training.prompting.prompted import BYTES
from rungwise.training.prompting.room import (
    LEAST,
    ROWS,
    ROWS_READING,
    TIMES,
    longest_answer,
)

SOME = 60
"""Rows whose tokens are counted: a mean of that many is good enough."""
TOKENS_A_WORD = 1.4
PASSES = 2
"""Steps that compare full tuning with adapters, on one batch (R50)."""
BACKWARD, FROZEN = 3.0, 2.0
"""A step of training takes so many times a pass forward: of all weights, and of few beside frozen
ones, whose own gradients nobody needs."""
GENERAL, GENERAL_STEPS = 2_500, 24
"""Tokens of the general questions and sentences, and of their longest answer."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Mean tokens of what a task asks and expects.

    Attributes:
        system: Of the instruction with all that the chat template puts around it.
        question, answer: Of an input and of an expected output.
        longest: Tokens that an answer may have.
        expected: Tokens of the longest expected output among those that were counted.
        prompts: A few prompts as token ids; none behind an endpoint.
    """

    system: float
    question: float
    answer: float
    longest: int
    expected: float
    prompts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Work:
    """Tokens of one attempt.

    Attributes:
        read, written: That the network computes.
        asked: Of all prompts as they are billed, where beginnings are not shared.
        answers: Of all answers that are measured.
        steps: Passes that write one token to each row of a batch.
        longest, last_steps: Tokens of the longest answer that is measured, and the steps for them.
        epochs: In which a model is trained; 0 where nothing is.
        of_epochs, written_in_epochs, steps_in_epochs: What all epochs take of these together.
    """

    read: float
    written: float
    asked: float
    answers: float
    steps: float = 0.0
    longest: float = 0.0
    last_steps: float = 0.0
    epochs: int = 0
    of_epochs: float = 0.0
    written_in_epochs: float = 0.0
    steps_in_epochs: float = 0.0


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
        system = len(told.encode()) / BYTES
        return Sizes(system, statistics.fmean(each), expected, longest, 2 * expected, ())
    prompts = tuple(tuple(model.tokens(prompt)) for prompt in whole)
    plain = [len(model.tokens(prompt)) for prompt in asked]
    empty: Conversation = (Message("system", told), Message("user", ""))
    system = float(len(model.tokens(empty)))
    without = float(len(model.tokens((Message("user", ""),))))
    question = max(1.0, statistics.fmean(plain) - without)
    counted = [float(model.count(one)) for one in answers]
    longest = longest_answer(context, train.expected, model)
    return Sizes(system, question, statistics.fmean(counted), longest, max(counted), prompts)


def asking(
    found: Sizes,
    configuration: Numbers,
    rows: int,
    context: RungContext,
    done: Sequence[Evidence],
    probed: float | None = None,
    *,
    piloted: bool = False,
) -> Work:
    """Of a rung that asks and trains nothing.

    Args:
        found: Sizes of rows.
        configuration: Of the attempt.
        rows: How many are asked.
        context: Of the rung.
        done: Attempts of the same rung: an answer is as long as theirs.
        probed: Tokens of an answer in the probe of the base, if it was asked.
        piloted: Whether a few rows were asked before, to see how long answers are.
    """
    shots = int(configuration.get("shots", 0)) if configuration.get("selection") else 0
    shown = shots * (found.question + found.answer + LEAST_SHARED / 4)
    passages = _passages(configuration, context)
    own, shared = found.question + passages, found.system
    if configuration.get("selection") == "nearest":
        own += shown
    else:
        shared += shown
    room = _room(found, context)
    answer, longest = _written(found, bool(shots), done, probed, room)
    last = longest * _batches(own, longest, rows)
    work = Work(shared + rows * own, rows * answer, rows * (shared + own), rows * answer, last,
                longest, last)  # fmt: skip
    if piloted or not room:
        return work
    few = min(ROWS_READING if passages else ROWS, rows)
    before = shared + few * (found.question + passages)
    if configuration.get("selection") == "nearest":
        before += shown  # the pilot has examples that all its rows share
    steps = work.steps + (longest if shots else room)
    return replace(work, read=work.read + before, written=work.written + few * answer, steps=steps)


def training(
    found: Sizes,
    configuration: Numbers,
    parts: tuple[int, int],
    blocks: int,
    context: RungContext,
    done: Sequence[Evidence],
    *,
    whole_model: bool = False,
) -> Work:
    """Of a rung that tunes: what is read once, every epoch with its judgement, and the answers.

    Args:
        found: Sizes of rows.
        configuration: `layers` where only the last are trained.
        parts: Rows that are learnt from, and that epochs and attempts are measured on.
        blocks: Of the network.
        context: Of the rung.
        done: Attempts of the same rung: what lies below the boundary was read for them.
        whole_model: Whether all weights are trained.
    """
    train, measured = parts
    question = found.question + _passages(configuration, context)
    whole = found.system + question + found.answer
    upper = min(1.0, int(configuration.get("layers") or blocks) / blocks)
    epochs = context.task.training.epochs or EPOCHS
    answer, longest = _written(found, True, [one for one in done if one.trains])
    judged = min(JUDGED, measured)
    head = found.answer / whole  # logits are made of answers alone
    step = BACKWARD if whole_model else FROZEN
    epoch = train * whole * step * (upper * (1 - head) + head * min(1.0, upper + 0.3))
    epoch += measured * whole * upper + found.system + judged * question
    reading = 0.0 if done or upper == 1 else (train + measured) * whole * (1 - upper)
    compared = 0.0 if done else PASSES * min(BATCH, train) * whole * (BACKWARD + FROZEN * upper)
    general = 0 if done else 2 * GENERAL  # of the base, and of what was tuned
    read = reading + compared + general + epochs * epoch + found.system + measured * question
    judging = epochs * judged * answer
    asked = measured * (found.system + question)
    each = longest * _batches(question, longest, judged)
    last = longest * _batches(question, longest, measured)
    steps = epochs * each + last + (0 if done else 2 * GENERAL_STEPS)
    return Work(
        read, judging + measured * answer, asked, measured * answer, steps, longest, last, epochs,
        epochs * epoch, judging, epochs * each,
    )  # fmt: skip


def _batches(own: float, longest: float, rows: int) -> int:
    """Batches in which so many rows are answered."""
    return len(batches([int(own)] * rows, int(longest)))


def _room(found: Sizes, context: RungContext) -> int:
    """Tokens that a model may write to a few rows, before its limit is known; 0 without these."""
    stated = context.task.generation.max_tokens is not None or context.rules < OWN_ROOM
    if stated or not found.prompts or not kind_of(context.task).writes:
        return 0
    return max(LEAST, TIMES * found.longest)


def _passages(configuration: Numbers, context: RungContext) -> float:
    """Tokens of what is put before a question, where answers are looked up."""
    if "search" not in configuration:
        return 0.0
    return float(configuration["chunks"]) * context.task.retrieval.words * TOKENS_A_WORD


def _written(
    found: Sizes,
    shown: bool,
    done: Sequence[Evidence],
    probed: float | None = None,
    room: int = 0,
) -> tuple[float, float]:
    """Tokens of an answer and of the longest: as the last attempt of the rung wrote.

    Before the first, they are as expected; but a model that was shown no answer does not know when
    to end, and writes what it wrote in the probe, else until it is cut.
    """
    for one in reversed(done):
        if one.details.get("rows"):
            mean = float(one.details["output_tokens"]) / float(one.details["rows"])
            return mean, float(one.details.get("longest", 2 * mean))
    if shown:
        return found.answer, found.expected
    longest = float(max(found.longest, room))
    return longest if probed is None else min(probed, longest), longest
