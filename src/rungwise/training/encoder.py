"""A network with its pooling, taken apart at a freeze boundary.

A network of L blocks is cut at boundary b: blocks 0…b-1 are the trunk, blocks b…L-1 the upper
part. The upper part is a copy of the network whose embeddings let activations through and
which keeps only its last blocks, so masks, positions and norms stay the network's own code.
Whether the cut is exact is not looked up in a list of names but tried on two inputs.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rungwise.training.pooling import pool

EXACT = 1e-5
"""Largest difference between the whole network and its two parts that counts as rounding."""


class Encoder(nn.Module):
    """Inputs (rows, positions, …) and mask (rows, positions) to embeddings (rows, width)."""

    def __init__(self, network: nn.Module, pooling: str, normalised: bool) -> None:
        super().__init__()
        self.network = network
        self.pooling, self.normalised = pooling, normalised

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Embed a batch."""
        hidden = self.network(values, attention_mask=mask).last_hidden_state
        return pool(hidden, mask, self.pooling, self.normalised)


class Upper(Encoder):
    """The blocks above a boundary: activations (rows, positions, width) to embeddings."""

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Embed a batch of activations at the boundary."""
        hidden = self.network(inputs_embeds=values, attention_mask=mask).last_hidden_state
        return pool(hidden, mask, self.pooling, self.normalised)


class _Through(nn.Module):
    """Stands where embeddings were computed: lets given activations through."""

    def forward(self, *values: Any, **named: Any) -> Tensor:
        given = (*values, *named.values())
        return next(v for v in given if isinstance(v, Tensor) and v.is_floating_point())


def blocks(network: nn.Module) -> tuple[str, nn.ModuleList] | None:
    """Where the network keeps its blocks: the one list as long as its configuration says."""
    wanted = getattr(network.config, "num_hidden_layers", None)
    found = [
        (name, module)
        for name, module in network.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) == wanted
    ]
    return found[0] if len(found) == 1 else None


def upper(encoder: Encoder, boundary: int) -> Upper:
    """A trainable copy of the blocks from `boundary` on, with the pooling."""
    network = encoder.network
    located = blocks(network)
    if located is None:
        raise ValueError("the network has no list of blocks")
    kept = nn.ModuleList(copy.deepcopy(list(located[1])[boundary:]))
    # What deepcopy finds in its memo it does not copy: the trunk is left out, not copied.
    memo: dict[int, Any] = {id(located[1]): kept}
    for name in ("embeddings", "embeddings_project"):
        if isinstance(part := getattr(network, name, None), nn.Module):
            memo[id(part)] = _Through()
    upper_part: Any = copy.deepcopy(network, memo)
    upper_part.config.num_hidden_layers = len(kept)
    return Upper(upper_part, encoder.pooling, encoder.normalised)


class _Enough(Exception):
    """The highest boundary was reached: the blocks above need not run."""


def activations(
    encoder: Encoder, run: Callable[[], Tensor], boundaries: Iterable[int]
) -> dict[int, Tensor]:
    """What enters the blocks at `boundaries` while `run` calls the encoder.

    Stops at the highest one; each is (rows, positions, width).
    """
    located = blocks(encoder.network)
    if located is None:
        raise ValueError("the network has no list of blocks")
    wanted = sorted(set(boundaries))
    seen: dict[int, Tensor] = {}

    def watch(boundary: int) -> Callable[..., None]:
        def keep(_: nn.Module, values: tuple[Any, ...], named: Mapping[str, Any]) -> None:
            seen[boundary] = values[0] if values else named["hidden_states"]
            if boundary == wanted[-1]:
                raise _Enough

        return keep

    hooks = [
        located[1][boundary].register_forward_pre_hook(watch(boundary), with_kwargs=True)
        for boundary in wanted
    ]
    try:
        run()
    except _Enough:
        pass
    finally:
        for hook in hooks:
            hook.remove()
    return seen


def separable_blocks(encoder: Encoder, values: Tensor, mask: Tensor) -> int:
    """How many blocks the network can be cut at exactly; 0 where it cannot be cut.

    Tried on a small batch, padding included: trunk and upper part together must give what
    the whole gives, at every boundary.
    """
    located = blocks(encoder.network)
    if located is None:
        return 0
    try:
        with torch.no_grad():
            whole = encoder(values, mask)
            boundaries = range(len(located[1]))
            lower = activations(encoder, lambda: encoder(values, mask), boundaries)
            for boundary in boundaries:
                cut = upper(encoder, boundary)(lower[boundary], mask)
                if not torch.allclose(cut, whole, atol=EXACT, rtol=EXACT):
                    return 0
    except (TypeError, ValueError, AttributeError, KeyError, StopIteration, RuntimeError):
        return 0  # an architecture whose parts do not fit together this way
    return len(located[1])
