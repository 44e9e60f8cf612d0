"""Adapters beside the linear layers of a decoder's last blocks (Hu et al. 2021, "LoRA").

With `dora` the size of each column is trained apart from its direction (Liu et al. 2024, "DoRA:
Weight-Decomposed Low-Rank Adaptation").
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import peft
import torch
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from rungwise.models.language.local import LocalLanguageModel
from rungwise.training.language.live import Live
from rungwise.training.lora import ALPHA, FOLDER, NAME, RANK
from rungwise.training.prompting import export

WEIGHTS, CONFIGURATION = "adapter_model.safetensors", "adapter_config.json"
MAGNITUDE = ".lora_magnitude_vector"


@dataclass(frozen=True)
class Adapters:
    """Low-rank adapters in the blocks from `boundary` on.

    Attributes:
        boundary: Blocks below it have none.
        dora: Whether sizes are trained apart from directions.
    """

    boundary: int
    dora: bool = False
    rung: ClassVar[str] = "few_shot"
    alone: ClassVar[bool] = True

    @contextlib.contextmanager
    def attached(
        self, model: LocalLanguageModel, tensors: Mapping[str, Tensor] | None = None
    ) -> Iterator[Live]:
        """Adapters in place while the block lasts; fresh or with `tensors`."""
        network = model.network
        names = [
            name
            for name, part in network.named_modules()
            if isinstance(part, nn.Linear) and _block(name) >= self.boundary
        ]
        # Whole numbers, which weights in four bits are kept as, can have no gradient.
        free = [one for one in network.parameters() if one.requires_grad]
        tuner = peft.LoraModel(network, self._configuration(names), NAME)
        try:
            live = Live(
                {name: one for name, one in network.named_parameters() if ".lora_" in name},
                self.boundary,
            )
            if tensors is not None:
                live.lay(tensors)
            yield live
        finally:
            tuner.unload()
            for one in free:
                one.requires_grad_(requires_grad=True)

    @contextlib.contextmanager
    def merged(self, model: LocalLanguageModel, tensors: Mapping[str, Tensor]) -> Iterator[None]:
        """Adapters merged into the weights, while the block lasts.

        Sums are taken in float64 and rounded once, so that no weight is further from its own than
        float32 must be. The network is left as it was, bit for bit.
        """
        with self.attached(model, tensors):
            layers = [part for part in model.network.modules() if isinstance(part, LoraLayer)]
            inner = [layer.get_base_layer() for layer in layers]
            before = [layer.weight.detach().clone() for layer in inner]
            kind = before[0].dtype
            for layer in layers:
                layer.double()
                layer.merge()
                layer.to(kind)
        try:
            yield
        finally:
            with torch.no_grad():
                for layer, weight in zip(inner, before, strict=True):
                    layer.weight.copy_(weight)

    def weights(
        self, folder: Path, tensors: Mapping[str, Tensor], model: LocalLanguageModel
    ) -> None:
        """Write `model/` with the adapters merged into it."""
        with self.merged(model, tensors):
            export.saved(model, folder)

    def save(self, folder: Path, tensors: Mapping[str, Tensor], model: LocalLanguageModel) -> None:
        """Write a PEFT folder that `peft.PeftModel.from_pretrained` lays over the base model."""
        targets = sorted({name.partition(".lora_")[0] for name in tensors})
        configuration = self._configuration(targets)
        configuration.base_model_name_or_path = model.name
        configuration.inference_mode = True
        filed = {_filed(name): tensor for name, tensor in tensors.items()}
        write_folder(folder, configuration, filed)

    def _configuration(self, targets: list[str]) -> peft.LoraConfig:
        return peft.LoraConfig(
            r=RANK,
            lora_alpha=ALPHA,
            use_dora=self.dora,
            target_modules=targets,
            task_type="CAUSAL_LM",
        )


def load(folder: Path) -> tuple[dict[str, Tensor], Adapters]:
    """What `Adapters.save` wrote: tensors under the names of an attached network."""
    filed = load_file(folder / FOLDER / WEIGHTS)
    tensors = {_live(name): tensor for name, tensor in filed.items()}
    boundary = min(map(_block, tensors))
    return tensors, Adapters(boundary, dora=any(MAGNITUDE in name for name in tensors))


def write_folder(folder: Path, configuration: Any, tensors: Mapping[str, Tensor]) -> None:
    """Write a PEFT folder: the configuration as JSON, the tensors as safetensors."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    plain = {
        key: sorted(one) if isinstance(one, set) else one
        for key, one in configuration.to_dict().items()
    }
    told = json.dumps(plain, indent=1, default=str)
    (place / CONFIGURATION).write_text(told, encoding="utf-8")
    save_file({name: one.contiguous() for name, one in tensors.items()}, place / WEIGHTS)


def _block(name: str) -> int:
    """The number of the block that a module lies in; -1 outside."""
    parts = name.split(".")
    return int(parts[2]) if name.startswith("model.layers.") else -1


def _filed(name: str) -> str:
    """`….lora_A.default.weight` → `base_model.model.….lora_A.weight`, as PEFT files it."""
    plain = name.replace(f".{NAME}.", ".")
    return f"base_model.model.{plain.removesuffix('.weight') if MAGNITUDE in plain else plain}"


def _live(name: str) -> str:
    """The way back."""
    plain = name.removeprefix("base_model.model.")
    if plain.endswith(MAGNITUDE):
        return f"{plain}.{NAME}.weight"
    return plain.replace(".lora_A.", f".lora_A.{NAME}.").replace(".lora_B.", f".lora_B.{NAME}.")
