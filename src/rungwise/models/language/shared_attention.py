"""Attention to what came before, without a copy of it: shared by all rows, or each row's own.

Keys and values of a beginning stay where they were first computed. Every query attends to them and,
apart, to its row's new keys; the parts are put together by their log-sum-exp, as flash attention
does with its blocks (Dao et al. 2022; for shared beginnings Juravsky et al. 2024, "Hydragen"). The
sum is the same; nothing is approximated.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
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
    """What has been read before: one for all rows, or one of each row.

    Attributes:
        keys, values: By layer, each (1 or rows, key heads, positions, width).
        length: Positions.
        sight: What is added to scores (rows, 1, 1, positions), as padding is out of sight; None
            where all rows share the keys of one and see them all.
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    length: int
    sight: Tensor | None = None

    @staticmethod
    def of(cache: Any, sight: Tensor | None = None) -> Beginning:
        """From the cache of one row that all will share, or of all rows and what each sees."""
        keys = tuple(layer.keys for layer in cache.layers)
        values = tuple(layer.values for layer in cache.layers)
        return Beginning(keys, values, keys[0].shape[2], sight)

    def kept(self, rows: Tensor) -> Beginning:
        """Of these rows alone; what is shared stays."""
        if self.sight is None:
            return self
        keys, values = (tuple(one[rows] for one in kind) for kind in (self.keys, self.values))
        return Beginning(keys, values, self.length, self.sight[rows])

    def attended(self, query: Tensor, layer: int, scale: float) -> tuple[Tensor, Tensor]:
        """What a layer's queries find here, and the log-sum-exp of their scores.

        Args:
            query: (rows, key heads, groups, positions, width).
            layer: Number of the layer.
            scale: Of the scores.

        Returns:
            (rows, key heads, groups, positions, width), and the same without the width.
        """
        keys, values = self.keys[layer], self.values[layer]
        rows, kinds, *_, width = query.shape
        # Rows that ask one set of keys become the positions of a single row.
        sets = len(keys)
        asked = query.reshape(sets, rows // sets, kinds, -1, width).transpose(1, 2)
        folded = asked.reshape(sets, kinds, -1, width)
        sight = self.sight
        if sight is not None:
            sight = sight.expand(sets, 1, folded.shape[2], -1)
        told, total = _part(folded, keys, values, sight, scale)
        told = told.reshape(sets, kinds, rows // sets, -1, width).transpose(1, 2)
        total = total.reshape(sets, kinds, rows // sets, -1).transpose(1, 2)
        return told.reshape(query.shape), total.reshape(query.shape[:-1])


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    beginnings: Sequence[Beginning] = (),
    **further: Any,
) -> tuple[Tensor, None]:
    """What transformers calls in place of its own attention; without a beginning, its own.

    Args:
        module: The attention layer.
        query: (rows, heads, positions, width).
        key, value: New ones (rows, key heads, new positions, width).
        attention_mask: What is added to the scores (rows, 1, positions, new positions).
        scaling: Of the scores.
        beginnings: What the rows have read before.
        further: What else an attention is told; dropout among it, which there is none of here.

    Returns:
        (rows, positions, heads, width), and no weights.
    """
    if not beginnings:
        return sdpa_attention_forward(  # type: ignore[no-any-return]
            module, query, key, value, attention_mask, scaling=scaling, **further
        )
    assert attention_mask is not None, "whoever hands a beginning hands a mask"
    rows, heads, positions, width = query.shape
    kinds = key.shape[1]
    scale = scaling if scaling is not None else width**-0.5
    asked = query.view(rows, kinds, heads // kinds, positions, width)
    # Heads that share keys ask one after another: repeating keys for them would be a copy.
    near = [_part(one, key, value, attention_mask, scale) for one in asked.unbind(2)]
    told, total = (torch.stack(kind, dim=2) for kind in zip(*near, strict=True))
    for beginning in beginnings:
        far, far_total = beginning.attended(asked, module.layer_idx, scale)
        told = told.lerp(far, torch.sigmoid(far_total - total)[..., None])
        total = torch.logaddexp(total, far_total)
    return told.view(rows, heads, positions, width).transpose(1, 2), None


def _part(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scale: float
) -> tuple[Tensor, Tensor]:
    """Attention (rows, heads, queries, width) to some of the keys, and its log-sum-exp."""
    fused = getattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu", None)
    if fused is not None and query.device.type == "cpu":
        told, total = fused(query, key, value, attn_mask=mask, scale=scale)
        return told, total
    made, totals = [], []
    step = max(1, SCORES // (key.shape[0] * key.shape[1] * key.shape[2]))
    for start in range(0, query.shape[2], step):
        part = query[:, :, start : start + step]
        scores = torch.matmul(part * scale, key.transpose(-1, -2))
        if mask is not None:
            scores += mask[:, :, start : start + step]
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
                beginnings=[beginning],
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
