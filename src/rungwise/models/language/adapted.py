"""A local model with a PEFT folder laid over its weights, as anybody would load the two."""

from __future__ import annotations

import functools
import warnings
from pathlib import Path
from typing import Any

from rungwise.checkpoints import pretrained
from rungwise.conversation import Conversation
from rungwise.errors import ModelError
from rungwise.models.language.local import LocalLanguageModel


class Adapted(LocalLanguageModel):
    """Weights are loaded afresh, and the adapter over them by the peft library.

    A trained prefix (Li and Liang 2021) is what peft puts before every prompt, read once.

    Args:
        base: Whose folder the weights are in; its own network is left alone.
        adapter: A PEFT folder.
    """

    def __init__(self, base: LocalLanguageModel, adapter: Path) -> None:
        super().__init__(base.name, base.checkpoint)
        self.adapter = adapter

    @functools.cached_property
    def network(self) -> Any:
        """A torch module in evaluation mode.

        Raises:
            ModelError: The weights or the adapter cannot be loaded.
        """
        import torch

        base = super().network
        laid = pretrained.with_adapter(base, self.adapter)
        if not laid.active_peft_config.is_prompt_learning:
            return laid
        try:
            with warnings.catch_warnings(), torch.no_grad():
                # PEFT asks transformers by a name that is going away
                warnings.simplefilter("ignore", FutureWarning)
                layers = laid.get_prompt(batch_size=1).layers
            self.prefix = torch.stack([torch.stack([one.keys[0], one.values[0]]) for one in layers])
        except (ValueError, TypeError, KeyError, RuntimeError) as error:
            raise pretrained.unusable(str(self.adapter), "adapter", error) from error
        return base

    def fits(self, prompt: Conversation, room: int) -> bool:
        """Whether a prompt leaves room; how long a prefix is, its weights say."""
        assert self.network is not None
        return super().fits(prompt, room)


def laid_over(base: Any, adapter: Path) -> Adapted:
    """A base model with the adapter of a PEFT folder.

    Raises:
        ModelError: The base model is not local.
    """
    if not isinstance(base, LocalLanguageModel):
        raise ModelError(f"{base.name} has no weights here", "Name a local model.")
    return Adapted(base, adapter)
