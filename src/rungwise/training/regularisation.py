"""Weight decay and dropout of the rungs that train in epochs (R58).

Dropout (Srivastava et al. 2014) is applied at every dropout layer of what is trained, at the
input of low-rank adapters (Hu et al. 2021) and before a classification head. The frozen part of
the network stays in evaluation mode, so its activations are still computed once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

from rungwise.records import Numbers
from rungwise.task import Training
from rungwise.training import machine


@dataclass(frozen=True)
class Regularisation:
    """How what is trained is held back.

    Attributes:
        weight_decay: Of matrices in AdamW; biases and norms have none.
        dropout: Share of activations that a training step sets to zero, 0 to 1.
    """

    weight_decay: float = 0.01
    dropout: float = 0.0

    @classmethod
    def of(cls, settings: Training) -> Regularisation:
        """As the task says."""
        return cls(settings.weight_decay, settings.dropout)

    def changed(self) -> Numbers:
        """The values that differ from the defaults, by the name of their setting."""
        return {key: value for key, value in vars(self).items() if value != getattr(DEFAULT, key)}


DEFAULT = Regularisation()
SETTINGS = ("weight_decay", "dropout")
"""Names under which an attempt's details hold what differs from the defaults."""


@contextlib.contextmanager
def dropping(model: nn.Module, rate: float, seed: int) -> Iterator[None]:
    """Drop activations of `model` while the block lasts; afterwards it is as it was.

    Args:
        model: In evaluation mode.
        rate: Share of activations that become zero; 0 leaves everything as it is.
        seed: Decides which; another one for each epoch, so that a resumed run drops the same.
    """
    if rate == 0:
        yield
        return
    layers = _dropout_layers(model)
    adapted: list[Any] = [part for part in model.modules() if hasattr(part, "lora_dropout")]
    before = [layer.p for layer in layers]
    inputs = [dict(part.lora_dropout.items()) for part in adapted]
    try:
        for layer in layers:
            layer.p = rate
            layer.train()
        for part in adapted:
            part.training = True  # else DoRA ignores its dropout
            for name in part.lora_dropout:
                part.lora_dropout[name] = nn.Dropout(rate).train()
        with machine.chance(seed):
            yield
    finally:
        for layer, share in zip(layers, before, strict=True):
            layer.p = share
            layer.eval()
        for part, kept in zip(adapted, inputs, strict=True):
            part.training = False
            part.lora_dropout.update(kept)


def drops(model: nn.Module) -> bool:
    """Whether `dropping` finds anything to drop in."""
    return bool(_dropout_layers(model)) or any(
        hasattr(part, "lora_dropout") for part in model.modules()
    )


def _dropout_layers(model: nn.Module) -> list[nn.Dropout]:
    """Dropout layers of blocks that learn something; those of frozen blocks stay off."""
    learning = [part for part in model.modules() if _learns(part)]
    return [
        layer for part in learning for layer in part.children() if isinstance(layer, nn.Dropout)
    ]


def _learns(part: nn.Module) -> bool:
    return any(parameter.requires_grad for parameter in part.parameters())
