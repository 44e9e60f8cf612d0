"""What training changed inside the network: its upper blocks, or all of it.

Tensors are kept under the names that they have in the base model, so that a reader of the
file can lay them over a freshly loaded checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from rungwise.errors import ModelError
from rungwise.training import lora
from rungwise.training.encoder import Encoder, Form, blocks, upper
from rungwise.training.lora import Adapter
from rungwise.training.trunk import Trunk

FILE = "layers.safetensors"


@dataclass(frozen=True)
class Change:
    """Trained parts of a network.

    Attributes:
        boundary: Blocks from here on were trained; None where everything was, word embeddings
            included.
        module: What computes them: an `Upper`, or for None a whole `Encoder`.
        adapter: Where adapters were trained: they alone, already merged into `module`.
    """

    boundary: int | None
    module: Encoder
    adapter: Adapter | None = None

    def state(self) -> dict[str, Tensor]:
        """Trained tensors by their names in the base model."""
        return renamed(self.module.network, self.boundary or 0)

    def settings(self) -> dict[str, Any]:
        """What besides tensors makes the change (JSON)."""
        return {"kind": "adapter" if self.adapter else "layers", "boundary": self.boundary}

    def save(self, folder: Path) -> None:
        """Write the adapter as a PEFT folder, or the trained tensors."""
        if self.adapter:
            self.adapter.save(folder)
        else:
            save_file(self.state(), folder / FILE)


def restore(trunk: Trunk, settings: Mapping[str, Any], folder: Path) -> Change:
    """Lay saved tensors over the base model."""
    boundary, backbone = settings["boundary"], trunk.backbone
    network, adapter = backbone.network(), None
    if settings["kind"] == "adapter":
        adapter = lora.lay_over(network, folder)
    else:
        lay_over(network, load_file(folder / FILE))
    module = Encoder(network, backbone.pooling, backbone.normalised, Form.of(*trunk.probe))
    if boundary is not None:
        module = upper(module, boundary)
    return Change(boundary, module.requires_grad_(False).eval().to(trunk.device), adapter)


def whole(trunk: Trunk, change: Change | None, attention: str) -> Encoder:
    """The base model with the change in it, on the CPU, for exports."""
    backbone = trunk.backbone
    network = backbone.network(attention)
    if change is not None:
        lay_over(network, change.state())
    encoder = Encoder(network, backbone.pooling, backbone.normalised, Form.of(*trunk.probe))
    return encoder.requires_grad_(False).eval()


def renamed(network: torch.nn.Module, boundary: int) -> dict[str, Tensor]:
    """The network's tensors, blocks counted from `boundary`."""
    located = blocks(network)
    prefix = f"{located[0]}." if located else ""
    state = {}
    for name, tensor in network.state_dict().items():
        place = name
        if prefix and name.startswith(prefix):
            number, _, rest = name.removeprefix(prefix).partition(".")
            place = f"{prefix}{int(number) + boundary}.{rest}"
        state[place] = tensor.detach().cpu().contiguous()
    return state


def lay_over(network: torch.nn.Module, state: Mapping[str, Tensor]) -> None:
    """Replace the named tensors.

    Raises:
        ModelError: The network has no tensor of such a name or shape.
    """
    try:
        report = network.load_state_dict(dict(state), strict=False)
    except RuntimeError as error:
        raise ModelError(
            "The trained layers do not fit the base model", "Restore the model of that release."
        ) from error
    if report.unexpected_keys:
        raise ModelError(
            f"The base model has no {report.unexpected_keys[0]}",
            "Restore the model that the layers were trained on.",
        )
