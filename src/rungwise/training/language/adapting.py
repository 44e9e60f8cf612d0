"""Adapters in a language model: rates first, then what may do better at the best of them."""

from __future__ import annotations

from collections.abc import Sequence

from rungwise.evaluation.standing import best, reaches
from rungwise.protocols import RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice
from rungwise.training.language import tuning
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.tuned import Tuned, local
from rungwise.training.prompting.models import language_model
from rungwise.training.retrieval.passages import Passages

SHARE = 3
"""Adapters go into the last of so many parts of the blocks."""


def propose(context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
    """Every rate in the last third; with the best, DoRA; then every block, where that is asked for.

    Every block costs as much as there are blocks more, so it is tried where adapters in the last
    ones are better than everything that trains nothing, and still short of the target.
    """
    prompt = choice.best_prompt(context)
    plain = [one for one in done if one.configuration["adapter"] == "lora"]
    rate = choice.untried_rate(context, plain, choice.FRESH)
    if rate is not None:
        return _configuration(last(context), "lora", rate, prompt)
    found = best(done, context.greater)
    if found is None or _reaches(context, found):
        return None
    rate = float(found.configuration["learning_rate"])
    if len(plain) == len(done):
        return _configuration(last(context), "dora", rate, prompt)
    everywhere = blocks(context)
    tried = any(one.configuration["layers"] == everywhere for one in done)
    if tried or not _helps(context, found):
        return None
    return _configuration(everywhere, found.configuration["adapter"], rate, prompt)


def tune(
    configuration: Numbers,
    seed: int,
    train: Examples,
    validation: Examples,
    context: RungContext,
    rung: str = "lora",
    passages: Passages | None = None,
) -> Tuned:
    """Train adapters, from activations that are kept for every rate where blocks are frozen.

    Args:
        configuration: `layers`, `adapter`, `learning_rate` and `prompt`.
        seed: Of the adapters and the order of rows.
        train, validation: What is learnt from, and what epochs are judged by.
        context: Its model is tuned.
        rung: Name of the rung that asks.
        passages: What is put before each question, where answers are looked up.
    """
    boundary = blocks(context) - int(configuration["layers"])
    method = Adapters(boundary, dora=configuration["adapter"] == "dora")
    wish = tuning.Wish(
        rung=rung,
        configuration=configuration,
        method=lambda _: method,
        boundary=boundary,
        footprint=True,
        passages=passages,
    )
    return tuning.tune(wish, seed, train, validation, context)


def blocks(context: RungContext) -> int:
    """Of the task's model."""
    return len(local(language_model(context)).network.model.layers)


def last(context: RungContext) -> int:
    """A third of the blocks."""
    return max(1, blocks(context) // SHARE)


def _configuration(layers: int, adapter: str, rate: float, prompt: int) -> Numbers:
    return {"layers": layers, "adapter": adapter, "learning_rate": rate, "prompt": prompt}


def _reaches(context: RungContext, found: Evidence) -> bool:
    return reaches(found.goal.value, context.task.task.target, context.greater)


def _helps(context: RungContext, found: Evidence) -> bool:
    """Whether an attempt is better than all that train nothing."""
    baseline = best([one for one in context.attempts if not one.trains], context.greater)
    if baseline is None:
        return True
    gain = found.goal.value - baseline.goal.value
    return (gain if context.greater else -gain) > 0
