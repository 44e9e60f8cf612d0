"""A language model with what was trained in it, asked as it was tuned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from rungwise.conversation import Generated, GoesOn
from rungwise.models.language.kept_batches import KeptBatches
from rungwise.models.language.local import LocalLanguageModel
from rungwise.models.language.shared_attention import can_share
from rungwise.objects import digest_json
from rungwise.progress import Progress
from rungwise.protocols import RungContext
from rungwise.records import Numbers
from rungwise.table import Inputs, Predictions
from rungwise.training.language import adapter, everything, prefix
from rungwise.training.language.blocks import can_be_cut
from rungwise.training.language.live import Method
from rungwise.training.lora import FOLDER
from rungwise.training.prompting.models import language_model
from rungwise.training.prompting.prompted import Prompted, restored
from rungwise.training.retrieval import passages

if TYPE_CHECKING:
    import polars as pl
    from torch import Tensor


class Tuned(Prompted):
    """Asks under the system prompt that it was tuned with, and no example.

    Args:
        prompted: What is asked, and of which model.
        tensors: What was trained, by name.
        method: What puts it in place.
        cache: Where answers are kept as they come; None for what was restored.
    """

    trained_before: float = 0.0
    """Seconds of epochs that an interrupted run had done."""

    def __init__(
        self,
        prompted: Prompted,
        tensors: Mapping[str, Tensor],
        method: Method,
        cache: Path | None = None,
    ) -> None:
        super().__init__(
            prompted.model, prompted.asked, prompted.examples, prompted.curve, prompted.passages
        )
        self.tensors, self.method = tensors, method
        self.rung, self.merged = method.rung, method.alone
        if cache is not None:
            state = [
                prompted.model.digest,
                type(method).__name__,
                repr(vars(method)),
                _digest(tensors),
            ]
            self.kept = KeptBatches(cache, digest_json(state))

    def in_place(self) -> AbstractContextManager[object]:
        """While the context lasts, the model has what was trained."""
        return self.method.attached(local(self.model), self.tensors)

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Ask each, with what was trained in place."""
        with self.in_place():
            return super().predict(inputs, progress)

    def write(
        self, inputs: pl.Series, progress: Progress, longest: int, goes_on: GoesOn | None = None
    ) -> list[Generated]:
        """As `Prompted.write`, with what was trained in place."""
        with self.in_place():
            return super().write(inputs, progress, longest, goes_on)

    def save(self, folder: Path) -> None:
        """Write what was asked, and what was trained."""
        super().save(folder)
        self.method.save(folder, self.tensors, local(self.model))

    def weights(self, folder: Path) -> None:
        """Write `model/`, with what was trained in it where that can be."""
        self.method.weights(folder, self.tensors, local(self.model))


def _digest(tensors: Mapping[str, Tensor]) -> str:
    """Sha256 of names, kinds and bytes, tensor by tensor."""
    state = hashlib.sha256()
    for name in sorted(tensors):
        one = tensors[name].detach().cpu().contiguous()
        state.update(f"{name} {one.dtype} {tuple(one.shape)} ".encode())
        state.update(one.flatten().view(torch.uint8).numpy().tobytes())
    return state.hexdigest()


def local(model: object) -> LocalLanguageModel:
    """The model, whose weights are here: the rung has excused itself otherwise."""
    assert isinstance(model, LocalLanguageModel), "only local weights are tuned"
    return model


def excuse(context: RungContext, blocks: bool = True, shared: bool = False) -> str | None:
    """Why nothing can be trained here, as a sentence; None where something can.

    Args:
        context: Its model is looked at.
        blocks: Whether the network must be one of blocks that run one after another.
        shared: Whether its attention must take keys and values that all rows share.
    """
    model = language_model(context)
    if not isinstance(model, LocalLanguageModel):
        return f"{model.name} lies behind an endpoint: its weights are not here to be tuned."
    if blocks and not can_be_cut(model.network):
        return (
            f"The architecture of {model.name} cannot be divided into blocks to train one by one."
        )
    if shared and not can_share(model.network):
        return f"The attention of {model.name} sees a window or is its own: no prefix reaches it."
    return None


def restore(folder: Path, context: RungContext) -> Tuned:
    """What `Tuned.save` wrote."""
    prompted = restored(language_model(context), folder)
    prompted.passages = passages.restored(folder, context)
    return Tuned(prompted, *trained_in(folder))


def trained_in(folder: Path) -> tuple[Mapping[str, Tensor], Method]:
    """Tensors by name, and what puts them in place, from the folder of an attempt."""
    if (folder / everything.FILE).is_file():
        return everything.load(folder), everything.Everything()
    about: Numbers = json.loads((folder / FOLDER / adapter.CONFIGURATION).read_text("utf-8"))
    if about["peft_type"].endswith("PREFIX_TUNING"):
        return prefix.load(folder), prefix.Prefix()
    return adapter.load(folder)
