"""What a rung tries next, from what is on record: pure functions of evidence, no torch."""

from __future__ import annotations

from collections.abc import Sequence

from rungwise.evaluation.lagging import lags
from rungwise.protocols import RungContext
from rungwise.records import Evidence

BALANCED = "balanced"
"""Each row weighs the inverse of its class's frequency (R54)."""


def best(attempts: Sequence[Evidence], greater: bool) -> Evidence | None:
    """The attempt with the best goal value; among equals the earliest."""
    if not attempts:
        return None
    sign = 1 if greater else -1
    return max(attempts, key=lambda attempt: sign * attempt.goal.value)


def below(context: RungContext, height: int) -> Evidence | None:
    """The best attempt so far that trained something below a height."""
    trained = [a for a in context.attempts if a.trains and a.height < height]
    return best(trained, context.greater)


def class_weights(context: RungContext, height: int) -> str | None:
    """Weights that a rung at this height starts with: those of the best attempt below.

    The frozen rung is tried with and without weights where a class lags, so the goal's metric
    has already said which is better.
    """
    found = below(context, height)
    return found.configuration.get("class_weights") if found else None


def lagging(context: RungContext, attempt: Evidence) -> bool:
    """Whether a class lags in an attempt (R54)."""
    return bool(lags(attempt.per_class, context.task.policy.class_lag))


def depths(blocks: int) -> tuple[int, ...]:
    """How many last blocks are trained, attempt after attempt: 1, 2, 4, … all (R44)."""
    found = [1]
    while found[-1] < blocks:
        found.append(min(2 * found[-1], blocks))
    return tuple(found)


def untried_rate(context: RungContext, done: Sequence[Evidence]) -> float | None:
    """The next learning rate of the task that no attempt in `done` was made with (R48)."""
    tried = {attempt.configuration["learning_rate"] for attempt in done}
    return next((r for r in context.task.training.learning_rates if r not in tried), None)


def deeper(context: RungContext, done: Sequence[Evidence]) -> tuple[float, int] | None:
    """The next depth and its learning rate; None where going deeper did not help.

    Lower blocks hold what is general and move less: the rate falls as the depth grows, as in
    discriminative fine-tuning (Howard & Ruder 2018, "Universal Language Model Fine-tuning").
    """
    found = best(done, context.greater)
    deepest = max((attempt.configuration["layers"] for attempt in done), default=0)
    if found is None or found.configuration["layers"] < deepest:
        return None
    further = [depth for depth in depths(found.details["blocks"]) if depth > deepest]
    if not further:
        return None
    return found.configuration["learning_rate"] * deepest / further[0], further[0]


def best_depth(context: RungContext, height: int) -> int | None:
    """As many last blocks as the best attempt below trained; None for all of them."""
    tuned = [a for a in context.attempts if a.height < height and "layers" in a.configuration]
    found = best(tuned, context.greater)
    return found.configuration["layers"] if found else None
