"""A language model with adapters, as the rung `lora` fits it to generate text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Progress, Silent
from rungwise.protocols import RungContext
from rungwise.records import Numbers
from rungwise.table import Examples, Inputs, Predictions
from rungwise.training.cache import Cache
from rungwise.training.language import adapter, loop
from rungwise.training.language.blocks import can_be_cut, kept
from rungwise.training.language.supervised import supervised
from rungwise.training.prompting import export
from rungwise.training.prompting.instruction import instructions
from rungwise.training.prompting.models import language_model
from rungwise.training.prompting.prompted import Asked, Prompted, longest_answer, restored

if TYPE_CHECKING:
    from torch import Tensor

EPOCHS = 3
JUDGED = 48
"""Validation rows that an epoch is judged on; the attempt is measured on all."""


class Tuned(Prompted):
    """Asks under the system prompt that it was tuned with, and no example."""

    def __init__(self, prompted: Prompted, tensors: Mapping[str, Tensor], boundary: int) -> None:
        super().__init__(prompted.model, prompted.asked, prompted.examples, prompted.curve)
        self.tensors, self.boundary = tensors, boundary

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Ask each, with the adapters in place."""
        assert isinstance(self.model, LocalLanguageModel), "only local weights are tuned"
        network = self.model.network
        with adapter.attached(network, self.boundary, self.tensors):
            return super().predict(inputs, progress)

    def save(self, folder: Path) -> None:
        """Write what was asked, and a PEFT folder."""
        super().save(folder)
        adapter.save(folder, self.tensors, self.model.name)

    def weights(self, folder: Path) -> None:
        """Write `model/` with the adapters merged into it."""
        assert isinstance(self.model, LocalLanguageModel), "only local weights are tuned"
        with adapter.merged(self.model.network, self.boundary, self.tensors):
            export.saved(self.model, folder)


def excuse(context: RungContext) -> str | None:
    """Why no adapter can be trained here, as a sentence; None where one can."""
    model = language_model(context)
    if not isinstance(model, LocalLanguageModel):
        return f"{model.name} lies behind an endpoint: its weights are not here to be tuned."
    if not can_be_cut(model.network):
        return (
            f"The architecture of {model.name} cannot be divided into blocks to train one by one."
        )
    return None


def layers(context: RungContext) -> int:
    """A third of the blocks, the last ones."""
    model = language_model(context)
    assert isinstance(model, LocalLanguageModel), "the rung has excused itself otherwise"
    return max(1, len(model.network.model.layers) // 3)


def tune(
    configuration: Numbers,
    seed: int,
    train: Examples,
    validation: Examples,
    context: RungContext,
) -> Tuned:
    """Train adapters in the last blocks from activations that are kept for every rate."""
    model = language_model(context)
    assert isinstance(model, LocalLanguageModel), "the rung has excused itself otherwise"
    network = model.network
    boundary = len(network.model.layers) - int(configuration["layers"])
    system = list(instructions(context.task, train.expected).values())[int(configuration["prompt"])]
    longest = longest_answer(context, train.expected, model)
    asked = Asked(system, None, 0, longest, seed)
    none = pl.DataFrame(schema={"input": pl.String, "expected": pl.String})
    prompted = Prompted(model, asked, none)
    cache = Cache(context.cache / "language")

    def read(part: Examples) -> loop.Read:
        prompts = prompted.prompts(part.inputs.values)
        rows = supervised(model, prompts, part.expected.to_list(), model.context)
        if rows.left_out:
            context.progress.say(
                f"{rows.left_out:,} of {len(part):,} rows are longer than the {model.context:,} "
                "tokens that the model reads: nothing is learnt from them."
            )
        return loop.Read(rows, kept(network, model.digest, rows, boundary, cache, context.progress))

    learnt, held_out = read(train), read(validation)
    few = Inputs(validation.inputs.ids[:JUDGED], validation.inputs.values[:JUDGED])

    def judge() -> float:
        return context.score(validation.expected[:JUDGED], prompted.predict(few, Silent()))

    result = loop.train(
        network, boundary, learnt, held_out, context.task.training.epochs or EPOCHS,
        float(configuration["learning_rate"]), seed, judge, context.greater, context.progress,
    )  # fmt: skip
    tuned = Tuned(prompted, result.tensors, boundary)
    tuned.curve = result.curve
    tuned.details = {
        **tuned.details,
        "best_epoch": result.best,
        "trained_parameters": adapter.size(result.tensors),
        "left_out": learnt.rows.left_out,
        "trunk_positions": int(learnt.rows.lengths.sum()),
    }
    return tuned


def restore(folder: Path, context: RungContext) -> Tuned:
    """What `Tuned.save` wrote."""
    tensors, boundary = adapter.load(folder)
    return Tuned(restored(language_model(context), folder), tensors, boundary)
