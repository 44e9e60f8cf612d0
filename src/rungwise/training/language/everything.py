"""Every weight of a language model, word embeddings included (R47, R64)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from rungwise.models.language.local import LocalLanguageModel
from rungwise.training.language.live import Live
from rungwise.training.prompting import export

FILE = "model.safetensors"


class Everything:
    """Tuned weights in the place of the model's own."""

    rung: ClassVar[str] = "few_shot"
    alone: ClassVar[bool] = True

    @contextlib.contextmanager
    def attached(
        self, model: LocalLanguageModel, tensors: Mapping[str, Tensor] | None = None
    ) -> Iterator[Live]:
        """A copy of the weights, or `tensors`, in their place; they come back afterwards."""
        named: dict[str, nn.Parameter] = dict(model.network.named_parameters())
        own = {name: one.data for name, one in named.items()}
        try:
            for name, one in named.items():
                one.data = own[name].clone() if tensors is None else tensors[name].to(one.device)
            yield Live(named)
        finally:
            for name, one in named.items():
                one.data, one.grad = own[name], None

    def save(self, folder: Path, tensors: Mapping[str, Tensor], model: LocalLanguageModel) -> None:
        """Write the weights under the names that the base model's own file has."""
        save_file({name: one.contiguous() for name, one in tensors.items()}, folder / FILE)

    def weights(
        self, folder: Path, tensors: Mapping[str, Tensor], model: LocalLanguageModel
    ) -> None:
        """Write `model/` with the tuned weights, which then need no file of their own."""
        with self.attached(model, tensors):
            export.saved(model, folder)
        (folder / FILE).unlink(missing_ok=True)


def load(folder: Path) -> dict[str, Tensor]:
    """What `Everything.save` wrote."""
    tensors: dict[str, Tensor] = load_file(folder / FILE)
    return tensors
