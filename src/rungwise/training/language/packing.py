"""Rows in one sequence without padding, and attention that never looks across them.

What a block computes position by position (projections, norms, the feed-forward part) runs on one
row of tokens as long as all rows together; attention alone sees each row by itself, so what a row
gives is what it would give alone. Positions begin anew with each row (Krell et al. 2021,
"Efficient Sequence Packing without Cross-contamination").
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import AttentionInterface

NAME = "rungwise_packed"


@dataclass(frozen=True)
class Packing:
    """Where rows lie in one sequence of T tokens.

    Attributes:
        positions: Of each token in its own row (T).
        place: Of each token in a table (rows × longest), counted through (T).
        token: Of each cell of that table, in the sequence; 0 where there is none (rows, longest).
    """

    positions: Tensor
    place: Tensor
    token: Tensor

    @staticmethod
    def of(lengths: NDArray[np.int64], device: torch.device) -> Packing:
        """Rows of these lengths, one behind the other."""
        longest = int(lengths.max())
        starts = np.cumsum(lengths) - lengths
        row = np.repeat(np.arange(len(lengths)), lengths)
        positions = np.arange(int(lengths.sum())) - starts[row]
        column = np.arange(longest)
        token = np.where(column < lengths[:, None], starts[:, None] + column, 0)
        made = (positions, row * longest + positions, token)
        return Packing(*(torch.from_numpy(one).to(device) for one in made))

    @property
    def longest(self) -> int:
        """Tokens of the longest row."""
        return self.token.shape[1]

    def table(self, values: Tensor) -> Tensor:
        """Values of each token (T, …) as (rows, longest, …); nobody looks at the padding."""
        return values[self.token]


def packs(
    rows: NDArray[np.int64], lengths: NDArray[np.int64], positions: int
) -> list[NDArray[np.int64]]:
    """Rows in their order, divided into sequences of at most `positions` tokens.

    Args:
        rows: Which rows (n).
        lengths: Tokens of every row there is.
        positions: Most tokens of a sequence; a longer row is one of its own.
    """
    made: list[list[int]] = []
    room = 0
    for row in rows.tolist():
        if not made or lengths[row] > room:
            made.append([])
            room = positions
        made[-1].append(row)
        room -= int(lengths[row])
    return [np.array(one, np.int64) for one in made]


@contextlib.contextmanager
def attention(network: Any) -> Iterator[None]:
    """Blocks called inside with `packing=` keep its rows apart, also when gradients are taken."""
    AttentionInterface.register(NAME, attend)
    before = network.config._attn_implementation
    network.config._attn_implementation = NAME
    try:
        yield
    finally:
        network.config._attn_implementation = before


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    packing: Packing | None = None,
    prefix: Tensor | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Causal attention within each row, as transformers calls an attention function.

    Rows are laid out as a table, padded on the right: a causal row never sees what comes after.

    Args:
        module: The attention layer; its number says which part of `prefix` it reads.
        query: (1, heads, T, width).
        key, value: (1, heads of keys, T, width).
        attention_mask: None.
        scaling: Of the products; None for one over the root of the width.
        packing: Where rows lie.
        prefix: Keys and values that every row sees besides (layers, 2, heads of keys, tokens,
            width), or None.

    Returns:
        (1, T, heads, width), and None.
    """
    assert packing is not None, "only blocks that are handed a packing are run like this"
    asked, keys, values = (
        packing.table(one[0].transpose(0, 1)).transpose(1, 2) for one in (query, key, value)
    )
    seen = None
    if prefix is not None:
        before = prefix[module.layer_idx].to(keys.dtype)
        keys = torch.cat([before[0].expand(len(keys), -1, -1, -1), keys], dim=2)
        values = torch.cat([before[1].expand(len(values), -1, -1, -1), values], dim=2)
        seen = _behind(before.shape[2], packing.longest, keys.device)
    groups = asked.shape[1] // keys.shape[1]
    told = functional.scaled_dot_product_attention(
        asked,
        keys.repeat_interleave(groups, dim=1),
        values.repeat_interleave(groups, dim=1),
        attn_mask=seen,
        is_causal=seen is None,
        scale=scaling,
    )
    flat = told.transpose(1, 2).flatten(0, 1)
    return flat[packing.place][None], None


@functools.lru_cache(maxsize=8)
def _behind(before: int, longest: int, device: torch.device) -> Tensor:
    """Who sees whom (longest, before + longest): all of what stands before, and what came."""
    causal = torch.ones(longest, longest, dtype=torch.bool, device=device).tril()
    return torch.cat([causal.new_ones(longest, before), causal], dim=1)
