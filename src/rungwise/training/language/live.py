"""What is trained in a network, while it is in place."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from torch import Tensor, nn

from rungwise.models.language.local import LocalLanguageModel


@dataclass(frozen=True)
class Live:
    """Trained parameters by the names that they are kept under.

    Attributes:
        named: Name → parameter; all require gradients.
        boundary: The first block that anything is trained in.
        prefix: Keys and values before every row (layers, 2, heads, tokens, width), or None.
    """

    named: Mapping[str, nn.Parameter]
    boundary: int = 0
    prefix: nn.Parameter | None = None

    @property
    def weights(self) -> list[nn.Parameter]:
        """What is trained."""
        return list(self.named.values())

    def tensors(self) -> dict[str, Tensor]:
        """A copy of what is trained."""
        return {name: one.detach().cpu().clone() for name, one in self.named.items()}

    def lay(self, tensors: Mapping[str, Tensor]) -> None:
        """Put back what `tensors` gave."""
        for name, one in self.named.items():
            one.data.copy_(tensors[name])


class Method(Protocol):
    """One way to change what a language model writes: adapters, a prefix, every weight.

    Attributes:
        rung: Whose `serve` answers from an export of it.
        alone: Whether the exported weights answer alone; else what was trained is laid over them.
    """

    rung: ClassVar[str]
    alone: ClassVar[bool]

    def attached(
        self, model: LocalLanguageModel, tensors: Mapping[str, Tensor] | None = None
    ) -> AbstractContextManager[Live]:
        """In place while the block lasts, fresh or with `tensors`; the model is left as it was."""

    def save(self, folder: Path, tensors: Mapping[str, Tensor], model: LocalLanguageModel) -> None:
        """Write what was trained as safetensors, and JSON beside it."""

    def weights(
        self, folder: Path, tensors: Mapping[str, Tensor], model: LocalLanguageModel
    ) -> None:
        """Write `model/`, the weights of an export."""


def size(tensors: Mapping[str, Tensor]) -> int:
    """Numbers in them."""
    return sum(one.numel() for one in tensors.values())


def stored_bytes(tensors: Mapping[str, Tensor]) -> int:
    """What they take on disk, but for names."""
    return sum(one.numel() * one.element_size() for one in tensors.values())
