"""Adapters beside the linear layers of a decoder's last blocks (Hu et al. 2021, "LoRA")."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import peft
import torch
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from rungwise.training.lora import ALPHA, FOLDER, NAME, RANK

WEIGHTS, CONFIGURATION = "adapter_model.safetensors", "adapter_config.json"


@contextlib.contextmanager
def attached(
    network: Any, boundary: int, tensors: Mapping[str, Tensor] | None = None
) -> Iterator[peft.LoraModel]:
    """Adapters in the blocks from `boundary` on, while the block lasts; fresh or with `tensors`.

    The network is left as it was.
    """
    names = [
        name
        for name, part in network.named_modules()
        if isinstance(part, nn.Linear) and _block(name) >= boundary
    ]
    configuration = peft.LoraConfig(
        r=RANK, lora_alpha=ALPHA, target_modules=names, task_type="CAUSAL_LM"
    )
    tuner = peft.LoraModel(network, configuration, NAME)
    try:
        if tensors is not None:
            network.load_state_dict(dict(tensors), strict=False)
        yield tuner
    finally:
        tuner.unload()
        network.requires_grad_(requires_grad=True)


@contextlib.contextmanager
def merged(network: Any, boundary: int, tensors: Mapping[str, Tensor]) -> Iterator[Any]:
    """The network with adapters merged into its weights, while the block lasts.

    Sums are taken in float64 and rounded once, so that no weight is further from its own than
    float32 must be. The network is left as it was, bit for bit.
    """
    with attached(network, boundary, tensors) as tuner:
        layers = [part for part in network.modules() if isinstance(part, LoraLayer)]
        before = [layer.get_base_layer().weight.detach().clone() for layer in layers]
        inner = [layer.get_base_layer() for layer in layers]
        kind = before[0].dtype
        for layer in layers:
            layer.double()
            layer.merge()
            layer.to(kind)
        tuner.unload()
        try:
            yield network
        finally:
            with torch.no_grad():
                for layer, weight in zip(inner, before, strict=True):
                    layer.weight.copy_(weight)


def trained(network: Any) -> dict[str, Tensor]:
    """The adapters' tensors, copied."""
    state: Mapping[str, Tensor] = network.state_dict()
    return {
        name: tensor.detach().cpu().clone() for name, tensor in state.items() if ".lora_" in name
    }


def save(folder: Path, tensors: Mapping[str, Tensor], model: str) -> None:
    """Write a PEFT folder that `peft.PeftModel.from_pretrained` lays over the base model."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    targets = sorted({name.partition(".lora_")[0] for name in tensors})
    configuration = peft.LoraConfig(
        r=RANK,
        lora_alpha=ALPHA,
        target_modules=targets,
        task_type="CAUSAL_LM",
        base_model_name_or_path=model,
        inference_mode=True,
    ).to_dict()
    plain = {
        key: sorted(one) if isinstance(one, set) else one for key, one in configuration.items()
    }
    told = json.dumps(plain, indent=1, default=str)
    (place / CONFIGURATION).write_text(told, encoding="utf-8")
    save_file({_filed(name): tensor for name, tensor in tensors.items()}, place / WEIGHTS)


def load(folder: Path) -> tuple[dict[str, Tensor], int]:
    """What `save` wrote: tensors under the names of an attached network, and the boundary."""
    filed = load_file(folder / FOLDER / WEIGHTS)
    tensors = {_live(name): tensor for name, tensor in filed.items()}
    return tensors, min(map(_block, tensors))


def parameters(tuner: peft.LoraModel) -> list[nn.Parameter]:
    """What is trained."""
    return [one for one in tuner.parameters() if one.requires_grad]


def _block(name: str) -> int:
    """The number of the block that a module lies in; -1 outside."""
    parts = name.split(".")
    return int(parts[2]) if name.startswith("model.layers.") else -1


def _filed(name: str) -> str:
    return f"base_model.model.{name.replace(f'.{NAME}.', '.')}"


def _live(name: str) -> str:
    """`….lora_A.weight` → `….lora_A.default.weight`."""
    plain = name.removeprefix("base_model.model.")
    return plain.replace(".lora_A.", f".lora_A.{NAME}.").replace(".lora_B.", f".lora_B.{NAME}.")


def size(tensors: Mapping[str, Tensor]) -> int:
    """Numbers that were trained."""
    return sum(torch.numel(tensor) for tensor in tensors.values())
