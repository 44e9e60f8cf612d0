"""The system prompts that are tried: the user's own, and those that the task itself gives (R30)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from rungwise.goal import wish
from rungwise.plugins import kind_of
from rungwise.records import Evidence
from rungwise.task import Task
from rungwise.training.prompting.answer_form import answer_form

FINAL = {
    "final_number": "Reason if it helps. End with a line `Answer: ` and the number, in digits.",
    "final_answer": "Reason if it helps. End with a line `Answer: ` and the answer alone.",
}
"""What is said of answers of which the metric reads the end: there may be words before it."""
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
    if kind_of(task).labels:
        labels = ", ".join(expected.unique().sort())
        one = "Answer with exactly one of these labels and nothing else"
        return {
            "goal": f"{goal}. Answer with the label and nothing else.",
            "labels": f"{goal}.\n\n{one}: {labels}.",
        }
    form = FINAL.get(task.task.metric) or answer_form(expected.head(READ))
    told = {"goal": f"{goal}."}
    if form:
        told["form"] = f"{goal}.\n\n{form}"
    return told


def names(task: Task, expected: pl.Series) -> list[str]:
    """Of the system prompts that are tried: those of `instructions`, and the model's proposals."""
    proposed = [f"proposed {number}" for number in range(1, task.generation.proposals + 1)]
    return [*instructions(task, expected), *proposed]


def tried(number: int, task: Task, expected: pl.Series, attempts: Sequence[Evidence]) -> str:
    """The system prompt of a number, as its attempt recorded it; else as it would be tried now."""
    systems = [
        str(one.details["system"])
        for one in attempts
        if one.rung == "prompt" and one.configuration.get("prompt") == number
    ]
    if systems:
        return systems[-1]
    told = list(instructions(task, expected).values())
    assert number < len(told), "a proposal is asked for where it was measured alone"
    return told[number]
