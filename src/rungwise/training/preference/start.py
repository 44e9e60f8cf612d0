"""What preference tuning starts from: the best supervised adapters, or the model as it is."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from rungwise.evaluation.standing import best
from rungwise.protocols import RungContext
from rungwise.records import Evidence, Numbers
from rungwise.training import choice
from rungwise.training.language import adapter, adapting
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.tuned import local
from rungwise.training.prompting.models import language_model

BASE = "base"
SUPERVISED = "lora"
"""The rung whose adapters can be tuned further: they lie beside the weights as they are."""


def propose(context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
    """Every learning rate of the task, from one start and in the blocks that it is in.

    The rates are taken as they are, a tenth of those for supervised adapters: what is learnt is how
    far to lean from where the model stands, and it should stay near.
    """
    found = _supervised(context)
    start = found.id[:12] if found else BASE
    same = [one for one in done if one.configuration["start"] == start]
    rate = choice.untried_rate(context, same)
    if rate is None:
        return None
    if found is None:
        layers, prompt = adapting.last(context), choice.best_prompt(context)
    else:
        layers, prompt = (int(found.configuration[key]) for key in ("layers", "prompt"))
    return {"start": start, "layers": layers, "learning_rate": rate, "prompt": prompt}


def adapters(
    configuration: Numbers, context: RungContext
) -> tuple[Adapters, Mapping[str, Tensor] | None]:
    """What is trained, and the tensors that it starts with; None where it starts fresh."""
    start = configuration["start"]
    if start == BASE:
        return Adapters(adapting.blocks(context) - int(configuration["layers"])), None
    found = next(one for one in context.attempts if one.id.startswith(start))
    assert context.lay_out is not None, "a start is proposed only where it can be read again"
    with tempfile.TemporaryDirectory() as folder:
        context.lay_out(found, Path(folder))
        tensors, method = adapter.load(Path(folder))
    return method, tensors


def _supervised(context: RungContext) -> Evidence | None:
    """The best attempt at `lora` on this model, unless the untuned model does better."""
    if context.lay_out is None:
        return None
    model = local(language_model(context))
    identity = f"{model.name}@{model.digest}"
    on_this = [one for one in context.attempts if one.model == identity]
    tuned = best([one for one in on_this if one.rung == SUPERVISED], context.greater)
    asked = best([one for one in on_this if one.rung == "prompt"], context.greater)
    if tuned is None or asked is None:
        return tuned
    gain = tuned.goal.value - asked.goal.value
    return tuned if (gain if context.greater else -gain) >= 0 else None
