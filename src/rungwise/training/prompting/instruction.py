"""The system prompts that are tried: the user's own, and those that the task itself gives (R30)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from rungwise.evaluation.json_fields import fields
from rungwise.goal import wish
from rungwise.records import Evidence
from rungwise.task import Task

READ = 200
"""Training rows from which the form of an answer is read."""


def instructions(task: Task, expected: pl.Series) -> Mapping[str, str]:
    """Name → system prompt; the user's own where there are any, in their order.

    Args:
        task: Its goal is the instruction where nothing else is given, without its target: a model
            that is told to be 90 percent right learns nothing from it.
        expected: The answers of the training rows; what they have in common is told.
    """
    if own := task.generation.prompts:
        return {f"own {number}": text for number, text in enumerate(own, 1)}
    goal = wish(task.task.goal).rstrip(".")
    if task.task.kind == "classify":
        labels = ", ".join(expected.unique().sort())
        one = "Answer with exactly one of these labels and nothing else"
        return {
            "goal": f"{goal}. Answer with the label and nothing else.",
            "labels": f"{goal}.\n\n{one}: {labels}.",
        }
    form = _form(expected.head(READ))
    told = {"goal": f"{goal}."}
    if form:
        told["form"] = f"{goal}.\n\n{form}"
    return told


def names(task: Task, expected: pl.Series) -> list[str]:
    """Of the system prompts that are tried: those of `instructions`, and the model's proposals."""
    proposed = [f"proposed {number}" for number in range(1, task.generation.proposals + 1)]
    return [*instructions(task, expected), *proposed]


def tried(number: int, task: Task, expected: pl.Series, attempts: Sequence[Evidence]) -> str:
    """The system prompt of a number that was tried; a proposal is as its attempt recorded it."""
    told = list(instructions(task, expected).values())
    if number < len(told):
        return told[number]
    systems = [
        str(one.details["system"])
        for one in attempts
        if one.rung == "prompt" and one.configuration.get("prompt") == number
    ]
    assert systems, "a proposal is asked for where it was measured alone"
    return systems[-1]


def _form(expected: pl.Series) -> str:
    """What nearly all answers have in common, as an instruction; "" where nothing stands out."""
    parsed = [fields(text) for text in expected]
    if expected.len() and all(one is not None for one in parsed):
        paths = Counter(path for one in parsed if one for path in {path for path, _ in one})
        named = [path.lstrip("/") for path, _ in paths.most_common(20)]
        always = [path.lstrip("/") for path, count in paths.items() if count == len(parsed)]
        return (
            "Answer with one JSON value and nothing else, on one line. "
            f"Its fields are among: {', '.join(sorted(named))}."
            + (f" Always there: {', '.join(sorted(always))}." if always else "")
        )
    words = expected.str.split(" ").list.len()
    longest = int(words.quantile(0.95) or 0)
    return f"Answer with at most {longest} words and nothing else." if longest else ""
