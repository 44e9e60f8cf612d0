"""Whether what a step keeps for its gradients fits, or is to be computed a second time."""

from __future__ import annotations

from typing import Any

import psutil
import torch

from rungwise.training.language.live import Live
from rungwise.training.language.losses import PACK

NUMBER = 4
"""Bytes."""
COPIES = 5
"""Of what is trained: as it was, its gradient, two moments, and the best epoch's."""


def free(device: torch.device) -> int:
    """Bytes that nobody uses there."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def activations(network: Any, blocks: int, longest: int) -> int:
    """Bytes that a sequence of `PACK` tokens leaves for its gradients, about.

    A block of the Llama kind keeps some ten vectors of its width and four of its feed-forward
    part for each token, and the attention's weights where they are computed as plain products
    (counted as Korthikanti et al. 2022 do, "Reducing Activation Recomputation in Large
    Transformer Models"); the logits are kept three times.
    """
    told = network.config.get_text_config()
    inner = getattr(told, "intermediate_size", 4 * told.hidden_size)
    block = 10 * told.hidden_size + 4 * inner + 3 * told.num_attention_heads * longest
    return int(NUMBER * max(PACK, longest) * (blocks * block + 3 * told.vocab_size))


def checkpointed(network: Any, live: Live, longest: int) -> bool:
    """Whether blocks are computed again in place of being kept: they would fill half of what is
    left beside the weights, or more."""
    blocks = network.config.get_text_config().num_hidden_layers - live.boundary
    weights = NUMBER * COPIES * sum(one.numel() for one in live.weights)
    return activations(network, blocks, longest) > (free(network.device) - weights) / 2
