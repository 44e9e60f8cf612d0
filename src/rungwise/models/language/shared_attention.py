"""Attention to a beginning that all rows of a batch share, without a copy of it for each row.

Keys and values of the beginning stay those of one row. Every query attends to them and, apart, to
its row's own keys; the two halves are put together by their log-sum-exp, as flash attention does
with its blocks (Dao et al. 2022; for shared beginnings Juravsky et al. 2024, "Hydragen"). The sum
is the same; nothing is approximated.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "rungwise_shared"
SCORES = 1 << 24
"""Scores in memory at a time, where they are written out."""
FULL = "full_attention"
"""How configurations call layers that see all that came before."""
TOLERANCE = 1e-3
"""Largest difference of a logit that rounding explains."""


@dataclass(frozen=True)
class Beginning:
    """What every row begins with.

    Attributes:
        keys, values: By layer, each (1, key heads, positions, width).
        length: Positions.
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    length: int

    @staticmethod
    def of(cache: Any) -> Beginning:
        """From the cache of one row."""
        keys = tuple(layer.keys for layer in cache.layers)
        return Beginning(keys, tuple(layer.values for layer in cache.layers), keys[0].shape[2])

    def of_layer(self, layer: int) -> tuple[Tensor, Tensor]:
        """Keys and values of a layer."""
        return self.keys[layer], self.values[layer]


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    beginning: Beginning | None = None,
    **further: Any,
) -> tuple[Tensor, None]:
    """What transformers calls in place of its own attention; without a beginning, its own.

    Args:
        module: The attention layer.
        query: (rows, heads, positions, width).
        key, value: Of the rows' own (rows, key heads, own positions, width).
        attention_mask: What is added to the scores (rows, 1, positions, own positions).
        scaling: Of the scores.
        beginning: What the rows share.
        further: What else an attention is told; dropout among it, which there is none of here.

    Returns:
        (rows, positions, heads, width), and no weights.
    """
    if beginning is None:
        return sdpa_attention_forward(  # type: ignore[no-any-return]
            module, query, key, value, attention_mask, scaling=scaling, **further
        )
    assert attention_mask is not None, "whoever hands a beginning hands a mask"
    rows, heads, positions, width = query.shape
    kinds = key.shape[1]
    groups = heads // kinds
    scale = scaling if scaling is not None else width**-0.5
    asked = query.reshape(rows, kinds, groups * positions, width)
    # All rows ask one set of keys: they become the positions of a single row.
    folded = asked.transpose(0, 1).reshape(1, kinds, -1, width)
    shared_keys, shared_values = beginning.of_layer(module.layer_idx)
    far, far_sum = _shared(folded, shared_keys, shared_values, scale)
    far = far.view(kinds, rows, -1, width).transpose(0, 1)
    far_sum = far_sum.view(kinds, rows, -1).transpose(0, 1)

    scores = torch.matmul(asked * scale, key.transpose(-1, -2))
    scores = scores.view(rows, kinds, groups, positions, -1).add_(attention_mask[:, :, None])
    scores = scores.view(rows, kinds, groups * positions, -1)
    near_sum = scores.logsumexp(dim=-1)
    near = torch.matmul(scores.sub_(near_sum[..., None]).exp_(), value)
    told = near.lerp(far, torch.sigmoid(far_sum - near_sum)[..., None])
    return told.view(rows, heads, positions, width).transpose(1, 2), None


def _shared(query: Tensor, key: Tensor, value: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Attention (1, heads, queries, width) to keys that all see, and its log-sum-exp."""
    fused = getattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu", None)
    if fused is not None and query.device.type == "cpu":
        told, total = fused(query.contiguous(), key, value, scale=scale)
        return told, total
    made, totals = [], []
    step = max(1, SCORES // (key.shape[1] * key.shape[2]))
    for part in torch.split(query, step, dim=2):
        scores = torch.matmul(part * scale, key.transpose(-1, -2))
        total = scores.logsumexp(dim=-1)
        made.append(torch.matmul((scores - total[..., None]).exp(), value))
        totals.append(total)
    return torch.cat(made, dim=2), torch.cat(totals, dim=2)


@contextlib.contextmanager
def sharing(network: Any) -> Iterator[None]:
    """The network attends as `attend` does, while the block lasts."""
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    before = network.config._attn_implementation
    network.set_attn_implementation(NAME)
    try:
        yield
    finally:
        network.set_attn_implementation(before)


def can_share(network: Any) -> bool:
    """Whether the network attends to all that came before, and to nothing else.

    Its configuration must name no window, and a short text must get the same logits both ways: an
    architecture with an attention of its own (capped scores, say) answers differently.
    """
    found = getattr(network, "_rungwise_can_share", None)
    if found is None:
        found = _sees_all(network.config) and _tried(network)
        network._rungwise_can_share = found
    return bool(found)


def _sees_all(configuration: Any) -> bool:
    kinds = getattr(configuration, "layer_types", None) or [FULL]
    window = getattr(configuration, "sliding_window", None)
    used = getattr(configuration, "use_sliding_window", True)
    return set(kinds) == {FULL} and (window is None or not used)


@torch.no_grad()
def _tried(network: Any) -> bool:
    vocabulary = int(network.config.vocab_size)
    ids = (torch.arange(1, 25, device=network.device) * 7919 % vocabulary)[None]
    try:
        whole = network(input_ids=ids, logits_to_keep=1).logits
        beginning = Beginning.of(network(input_ids=ids[:, :-4], use_cache=True).past_key_values)
        own = ids[:, -4:].repeat(2, 1)
        with sharing(network):
            told = network(
                input_ids=own,
                attention_mask=seen(torch.ones_like(own)),
                position_ids=torch.arange(20, 24, device=network.device).repeat(2, 1),
                logits_to_keep=1,
                beginning=beginning,
            ).logits
    except (TypeError, ValueError, RuntimeError, AttributeError, IndexError):
        return False
    return bool((told - whole).abs().max() < TOLERANCE * max(1.0, float(whole.abs().max())))


def seen(mask: Tensor) -> Tensor:
    """What is added to scores, for causal attention among rows' own positions.

    Args:
        mask: 1 where there is a token, 0 where there is padding (rows, positions).

    Returns:
        (rows, 1, positions, positions): 0 where one sees the other, else almost minus infinity.
    """
    size = mask.shape[1]
    causal = torch.ones(size, size, dtype=torch.bool, device=mask.device).tril()
    return hidden(~(causal & mask[:, None, :].bool()))[:, None]


def hidden(out_of_sight: Tensor) -> Tensor:
    """0, and almost minus infinity where something is out of sight."""
    # Not minus infinity itself: a row of padding sees nothing, and the sum must stay a number.
    lowest = torch.finfo(torch.float32).min / 2
    return torch.zeros_like(out_of_sight, dtype=torch.float32).masked_fill_(out_of_sight, lowest)
