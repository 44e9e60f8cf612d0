"""How long an answer of a model that was not trained may be: a few rows are asked, with much room.

A limit from the expected answers suits a model that writes like them. One that explains itself, or
thinks aloud, would be cut before it says what was asked, and a cut would look like a wrong answer.
"""

from __future__ import annotations

import math
from dataclasses import replace

import polars as pl

from rungwise.conversation import THINKING_ROOM, LanguageModel
from rungwise.data.representative_rows import representative_rows
from rungwise.evaluation.text_mistakes import ends_in_a_loop
from rungwise.evaluation.wording import counted
from rungwise.models.language.kept_batches import KeptBatches
from rungwise.models.language.local import LocalLanguageModel
from rungwise.plugins import kind_of
from rungwise.protocols import RungContext
from rungwise.training.prompting.prompted import Prompted

ROOM = 1.25
"""An answer may be so much longer than the longest that was expected."""
LEAST_EXPECTED = 16
COUNTED = 100
"""Expected answers of most bytes, among which the one of most tokens is looked for."""
ROWS, ROWS_READING = 20, 8
"""Rows that are asked first, and how many if each has passages to be read before it."""
LEAST, TIMES = 256, 4
"""Tokens that these may take at least, and how many times as much as the expected answers."""
PART = 4
"""No more than this part of what the model reads is room for its answer."""
SPARE = 1.5
"""The limit, of the longest answer of these rows: other rows have longer ones."""


def longest_answer(context: RungContext, expected: pl.Series, model: LanguageModel) -> int:
    """Tokens that an answer may have: as the task says, else a little more than was expected.

    If nobody can count tokens, the bytes are taken: an answer that is right is never cut. Room for
    thinking comes on top.
    """
    thinking = _thinking(context, model)
    if (given := context.task.generation.max_tokens) is not None:
        return given + thinking
    sizes = expected.str.len_bytes()
    if isinstance(model, LocalLanguageModel):
        longest = expected.gather(sizes.arg_sort(descending=True)[:COUNTED])
        tokens = max(map(model.count, longest), default=0)
    else:
        tokens = int(sizes.to_numpy().max(initial=0))  # digits are tokens of one byte
    return max(LEAST_EXPECTED, int(tokens * ROOM)) + thinking


def _thinking(context: RungContext, model: LanguageModel) -> int:
    """Tokens for thinking: as the task says, else what a local model's template calls for."""
    stated = context.task.generation.thinking_tokens
    if stated is not None:
        return stated
    return model.thinking_room if isinstance(model, LocalLanguageModel) else 0


def room_if_cut(context: RungContext, model: LanguageModel) -> int:
    """Tokens more for an answer that was cut while the model thought; 0 if that is known before."""
    unknown = context.task.generation.thinking_tokens is None
    return THINKING_ROOM if unknown and not isinstance(model, LocalLanguageModel) else 0


def with_room(
    fitted: Prompted, inputs: pl.Series, context: RungContext, like: Prompted | None = None
) -> Prompted:
    """Give a model room for what it writes, unless the task says how much it may write.

    The limit is never below what the expected answers ask for. If an answer of the pilot has not
    ended, nor goes round in a loop, it is all the room that the pilot had. Behind an endpoint room
    that is not used costs nothing, and questions do: there is no pilot, and all of that room.

    Args:
        fitted: What is asked; its limit and its details change.
        inputs: Rows that will be asked (n).
        context: Where to report, and what the task says.
        like: What is asked in the pilot instead, if its answers are as long and are known sooner.
    """
    given, before = context.task.generation.max_tokens, fitted.asked.max_tokens
    if given is not None or kind_of(context.task).labels or inputs.is_empty():
        return fitted
    most, model = _most(fitted, _thinking(context, fitted.model)), fitted.model
    if most <= before:
        return fitted
    if not isinstance(model, LocalLanguageModel):
        fitted.asked = replace(fitted.asked, max_tokens=most)
        fitted.details = {**fitted.details, "max_tokens": most}
        context.progress.say(
            f"Answers of {model.name} may have {most:,} tokens (`generation.max_tokens` sets it)."
        )
        return fitted
    about = like or fitted
    pilot = Prompted(
        model, replace(about.asked, max_tokens=most), about.examples, (), fitted.passages
    )
    if fitted.kept is not None:
        pilot.kept = KeptBatches(context.cache, model.digest, lasting=True)
    rows = ROWS if fitted.passages is None else ROWS_READING
    some = representative_rows(pl.DataFrame({"input": inputs}), rows, fitted.asked.seed)
    told = pilot.told(some["input"], context.progress)
    asked = [one for one in told if one.ended in ("stop", "length")]
    if not asked:  # no prompt leaves room for an answer, which the attempt itself says
        return fitted
    ended = [one.output_tokens for one in asked if one.ended == "stop"]
    open_ = sum(one.ended == "length" and not ends_in_a_loop(one.text) for one in asked)
    written = math.ceil(SPARE * max(ended, default=0))
    limit = most if open_ else min(most, max(before, written))
    fitted.asked, fitted.longer = replace(fitted.asked, max_tokens=limit), most
    fitted.details = {
        **fitted.details,
        "max_tokens": limit,
        "pilot": {"rows": len(asked), "longest": max(ended, default=0), "room": most,
                  "unended": len(asked) - len(ended), "expected": before},
    }  # fmt: skip
    context.progress.say(_said(fitted, len(asked), open_, max(ended, default=0)))
    return fitted


def _most(fitted: Prompted, thinking: int) -> int:
    """Tokens that an answer may have at most, thinking included."""
    model, expected = fitted.model, max(0, fitted.asked.max_tokens - thinking)
    if not isinstance(model, LocalLanguageModel):
        return LEAST + thinking
    return min(max(LEAST, TIMES * expected) + thinking, model.context // PART)


def _said(fitted: Prompted, rows: int, unended: int, longest: int) -> str:
    limit = fitted.asked.max_tokens
    told = (
        f"Answers may have {limit:,} tokens: on {counted(rows, 'row')} {fitted.model.name} writes"
    )
    told += f" up to {longest:,}" if longest else " without an end"
    if unended and longest:
        told += f", and {unended:,} had not ended"
    return f"{told} (`generation.max_tokens` sets it)."
