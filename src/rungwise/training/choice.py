"""What a rung tries next, from what is on record: pure functions of evidence, no torch."""

from __future__ import annotations

from collections.abc import Sequence

from rungwise.evaluation.lagging import lags
from rungwise.evaluation.proportions import quantile
from rungwise.evaluation.retrieval_recall import of as recall_on_record
from rungwise.evaluation.standing import best, trained_on_a_base
from rungwise.protocols import RungContext
from rungwise.records import Evidence, Measurement, Numbers
from rungwise.rules import AS_STATED

BALANCED = "balanced"
"""Each row weighs the inverse of its class's frequency (R54)."""
FRESH = 10.0
"""What is not pretrained, the head and adapters, learns this much faster than layers do (R45)."""
PATIENCE = 2
"""Depths in a row that may bring nothing before no deeper one is tried."""


def class_weights(context: RungContext, height: int) -> str | None:
    """Weights that a rung at this height starts with: those of the best attempt below on a base.

    The frozen rung is tried with and without weights where a class lags, so the goal's metric
    has already said which is better.
    """
    below = [a for a in context.attempts if a.height < height and trained_on_a_base(a)]
    found = best(below, context.greater)
    return found.configuration.get("class_weights") if found else None


def with_and_without_weights(context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
    """Without class weights; then with them if a class lags (R54)."""
    if not done:
        return {"class_weights": None}
    if len(done) == 1 and lagging(context, done[0]):
        return {"class_weights": BALANCED}
    return None


def lagging(context: RungContext, attempt: Evidence) -> bool:
    """Whether a class lags in an attempt (R54)."""
    return bool(lags(attempt.per_class, context.task.policy.class_lag))


def best_prompt(context: RungContext) -> int:
    """The number of the system prompt that did best alone; the first where none was tried.

    Among equals the last: it says the most.
    """
    alone = [one for one in context.attempts if one.rung == "prompt"]
    found = best(alone[::-1], context.greater)
    return int(found.configuration["prompt"]) if found else 0


def best_selection(context: RungContext) -> str:
    """The choice of examples that did best; at random where none was tried."""
    shown = [one for one in context.attempts if one.rung == "few_shot"]
    found = best(shown, context.greater)
    return str(found.configuration["selection"]) if found else "random"


def best_look_up(context: RungContext) -> Numbers:
    """The search that finds most, with the number of passages that did best.

    Where recall was not measured, answers choose the search too; by words, as the task says, where
    none was tried.
    """
    looked_up = [one for one in context.attempts if one.rung == "rag"]
    known = recall_on_record(looked_up)
    if known is not None:
        looked_up = [one for one in looked_up if one.configuration["search"] == known["search"]]
    found = best(looked_up, context.greater)
    if found is None:
        return {"search": "lexical", "chunks": context.task.retrieval.chunks}
    return {key: found.configuration[key] for key in ("search", "chunks")}


def depths(blocks: int) -> tuple[int, ...]:
    """How many last blocks are trained, attempt after attempt: 1, 2, 4, … all (R44)."""
    found = [1]
    while found[-1] < blocks:
        found.append(min(2 * found[-1], blocks))
    return tuple(found)


def untried_rate(
    context: RungContext, done: Sequence[Evidence], factor: float = 1.0
) -> float | None:
    """The next learning rate of the task that no attempt in `done` was made with (R48).

    Args:
        context: The task, and the rules that it is under.
        done: Attempts of the rung.
        factor: How much faster than pretrained layers what is trained should learn, unless the
            task states its learning rates.
    """
    tried = {attempt.configuration["learning_rate"] for attempt in done}
    return next((rate for rate in rates(context, factor) if rate not in tried), None)


def rates(context: RungContext, factor: float) -> tuple[float, ...]:
    """Learning rates that a rung is tried with; those that the task states as they are."""
    training = context.task.training
    if training.states_rates and context.rules >= AS_STATED:
        factor = 1.0
    # Rounded, so that ten times 3e-5 is put on record as 0.0003.
    return tuple(float(f"{rate * factor:.6g}") for rate in training.learning_rates)


def explained_rates(context: RungContext, rung: str, factor: float) -> str:
    """Why a rung has other learning rates than pretrained layers, or the same; "" if usual."""
    if factor == 1:
        return ""
    used = ", ".join(f"{rate:g}" for rate in rates(context, factor))
    if not context.task.training.states_rates:
        why = f"training.learning_rates is not set: {rung} is tried with {used}"
        return f"{why}, {factor:g} times the rates for pretrained layers."
    if context.rules >= AS_STATED:
        why = f"{rung} is tried with {used}, as training.learning_rates says"
        return f"{why}; what is not pretrained often needs {factor:g} times the rates for layers."
    why = f"{rung} is tried with {used}, {factor:g} times training.learning_rates"
    return f"{why}: this project was split by an earlier version and keeps its rules."


def deeper(context: RungContext, done: Sequence[Evidence]) -> tuple[float, int] | None:
    """The best learning rate and its next depth; None after two depths that did not help.

    One depth is not enough to tell: on a thousand validation rows the next one differs by a few
    rows in either direction. Depths that another learning rate was tried at say nothing about this
    one: a rate that joins later and wins on the last block goes its own way down.
    """
    found = best(done, context.greater)
    if found is None:
        return None
    rate = found.configuration["learning_rate"]
    tried = sorted(a.configuration["layers"] for a in done
                   if a.configuration["learning_rate"] == rate)  # fmt: skip
    further = [depth for depth in depths(found.details["blocks"]) if depth > tried[-1]]
    vain = [depth for depth in tried if depth > found.configuration["layers"]]
    if not further or len(vain) == PATIENCE:
        return None
    return rate, further[0]


def depth_served(context: RungContext, height: int) -> int | None:
    """As few last blocks as served the attempts below; None for all of them.

    The one-standard-error rule (Breiman et al. 1984, "Classification and Regression Trees"): the
    simplest that is within one standard error of the best, as what lies closer is noise.
    """
    tuned = [a for a in context.attempts if a.height < height and "layers" in a.configuration]
    found = best(tuned, context.greater)
    if found is None:
        return None
    margin = _standard_error(found.goal)
    close = [a for a in tuned if abs(a.goal.value - found.goal.value) <= margin]
    return min(int(attempt.configuration["layers"]) for attempt in close)


def _standard_error(goal: Measurement) -> float:
    """Read back from the interval; 0 where there is none."""
    if goal.low is None or goal.high is None:
        return 0.0
    return (goal.high - goal.low) / (2 * quantile(goal.level))
