"""A reason to tune, and what the evidence says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rungwise.evaluation.standing import asking_baseline, reaches
from rungwise.money import CallCost
from rungwise.need import Wrong
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Numbers

Name = Literal["style", "volume", "knowledge", "speed"]
Standing = Literal["holds", "open", "fails", "unknown"]
STATED: Mapping[Name, frozenset[Wrong]] = {
    "style": frozenset({"style"}),
    "volume": frozenset({"volume"}),
    "knowledge": frozenset({"knowledge", "privacy"}),
    "speed": frozenset({"latency", "cost"}),
}
"""Trigger → the words under `need.wrong` that state it."""
UNKNOWN_COST = CallCost(None, "it was not measured")


@dataclass(frozen=True, slots=True)
class Trigger:
    """One of the four.

    Attributes:
        name: Which.
        requirement: Its number.
        standing: Whether evidence establishes it: `holds`, `fails`, `open` where the rows do not
            settle it, `unknown` where nothing was stated or measured that could.
        reason: A clause that says so, with the numbers.
        numbers: What it rests on; `rows_to_settle` where it is open.
    """

    name: Name
    requirement: str
    standing: Standing
    reason: str
    numbers: Numbers = field(default_factory=dict)


def is_stated(context: GateContext, name: Name) -> bool:
    """Whether the owner named the trigger under `need.wrong`."""
    return bool(STATED[name] & set(context.task.need.wrong))


def misses(context: GateContext, evidence: Evidence) -> bool:
    """Whether all of an attempt's interval lies below the target: more of the same is no help."""
    goal = evidence.goal
    near = goal.high if context.greater else goal.low
    best = goal.value if near is None else near
    return not reaches(best, context.task.task.target, context.greater)


def call_of(context: GateContext, evidence: Evidence | None) -> CallCost:
    """What an answer of an attempt costs."""
    calls = context.costs.calls
    return UNKNOWN_COST if evidence is None else calls.get(evidence.id, UNKNOWN_COST)


def tuned_or_like_it(context: GateContext) -> tuple[Evidence | None, str]:
    """The attempt whose cost a tuned model has, and how it is called.

    The best that was tuned; before, the prompt without examples: a tuned model is asked so too.
    """
    by_goal = sorted(context.attempts, key=lambda one: one.goal.value, reverse=context.greater)
    tuned = next((one for one in by_goal if one.trains), None)
    if tuned is not None:
        return tuned, f"{tuned.rung}, which was measured,"
    alone = next((one for one in by_goal if one.rung == "prompt"), None)
    return alone, "a tuned model, asked without examples as `prompt` was,"


def reference(context: GateContext) -> Evidence | None:
    """The best that trains nothing (C2), of those that ask a model if any does.

    Tuning changes how a model answers, so a model's answers say whether there is a reason to tune;
    that copying may be better still, the gate `baseline_recorded` says.
    """
    return asking_baseline(context.attempts, context.greater)
