"""Low-rank adapters on every linear layer of a network's blocks (Hu et al. 2021, "LoRA").

Adapters are trained beside frozen weights and then merged into them: the merged network is
what is evaluated, exported and served. What is kept is the adapter alone, as a PEFT folder that
`peft.PeftModel.from_pretrained` lays over the base model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from rungwise.checkpoints import pretrained
from rungwise.training.encoder import blocks

if TYPE_CHECKING:
    import peft  # seconds of import, and only adapters need it

RANK = 16
ALPHA = 32
"""Adapters are scaled by ALPHA / RANK."""
FOLDER = "adapter"
NAME = "default"


@dataclass(frozen=True)
class Adapter:
    """A trained adapter under the names of the base model.

    Attributes:
        configuration: `adapter_config.json`.
        tensors: Name → tensor, as PEFT names them.
    """

    configuration: Mapping[str, Any]
    tensors: Mapping[str, Tensor]

    def save(self, folder: Path) -> None:
        """Write a PEFT folder."""
        place = folder / FOLDER
        place.mkdir(exist_ok=True)
        text = json.dumps(self.configuration, indent=1)
        (place / "adapter_config.json").write_text(text, encoding="utf-8")
        save_file(dict(self.tensors), place / "adapter_model.safetensors")


def attach(network: nn.Module) -> peft.LoraModel:
    """Put adapters beside every linear layer of the blocks; only they require gradients."""
    import peft

    configuration = peft.LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=_linear(network))
    return peft.LoraModel(network, configuration, NAME)


def detach(tuner: peft.LoraModel, boundary: int, model: str) -> Adapter:
    """Merge the adapters into the weights and return them, blocks counted from `boundary`.

    Args:
        tuner: What `attach` gave.
        boundary: Of the network that was trained, in the whole network.
        model: Name of the base model.
    """
    tensors = _adapters(tuner.model)
    configuration = tuner.peft_config[NAME].to_dict()
    network = tuner.merge_and_unload()
    shift = _shift(network, boundary)
    return Adapter(
        {
            **{key: _plain(value) for key, value in configuration.items()},
            "base_model_name_or_path": model,
            "inference_mode": True,
            "target_modules": sorted(shift(name) for name in _linear(network)),
        },
        {_filed(shift(name)): tensor for name, tensor in tensors.items()},
    )


def lay_over(network: nn.Module, folder: Path) -> Adapter:
    """Merge a saved adapter into a freshly loaded network."""
    import peft

    place = folder / FOLDER
    content = json.loads((place / "adapter_config.json").read_text(encoding="utf-8"))
    tensors = load_file(place / "adapter_model.safetensors")
    tuner = peft.LoraModel(network, pretrained.adapter_configuration(place), NAME)
    fresh = {name: tensors[_filed(name)] for name in _adapters(network)}
    network.load_state_dict(fresh, strict=False)
    tuner.merge_and_unload()
    return Adapter(content, tensors)


def _adapters(network: nn.Module) -> dict[str, Tensor]:
    return {
        name: tensor.detach().cpu().clone()
        for name, tensor in network.state_dict().items()
        if ".lora_" in name
    }


def _filed(name: str) -> str:
    """A tensor's name in a PEFT folder."""
    return f"base_model.model.{name.replace(f'.{NAME}.', '.')}"


def _linear(network: nn.Module) -> list[str]:
    located = blocks(network)
    if located is None:
        raise ValueError("the network has no list of blocks")
    prefix, modules = located
    return [
        f"{prefix}.{name}" for name, part in modules.named_modules() if isinstance(part, nn.Linear)
    ]


def _shift(network: nn.Module, boundary: int) -> Any:
    """Names with blocks counted from 0 to names with blocks counted from `boundary`."""
    located = blocks(network)
    prefix = f"{located[0]}." if located else ""

    def shifted(name: str) -> str:
        number, _, rest = name.removeprefix(prefix).partition(".")
        return f"{prefix}{int(number) + boundary}.{rest}"

    return shifted


def _plain(value: Any) -> Any:
    """JSON types: enumerations as their value, sets as sorted lists."""
    if isinstance(value, set | frozenset | tuple):
        return sorted(_plain(item) for item in value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value.value if hasattr(value, "value") else value
