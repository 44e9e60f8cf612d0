"""A decoder in two halves: below the boundary computed once, above it trained."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from rungwise.objects import digest_json
from rungwise.progress import Progress
from rungwise.training.batches import by_length, counted
from rungwise.training.cache import Cache, Stored
from rungwise.training.language.packing import Packing, attention
from rungwise.training.language.supervised import Supervised

POSITIONS = 4096
"""Positions in a sequence that is only run forward."""
PARTS = ("embed_tokens", "layers", "norm", "rotary_emb")
TOLERANCE = 1e-3
"""Largest difference of a logit in float32, relative to the largest logit."""
_known: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def can_be_cut(network: Any) -> bool:
    """Whether blocks run one after another give what the network gives.

    That is tried on two short rows, not taken from a list of names: models scale their embeddings,
    cap their logits, or alternate between kinds of attention.
    """
    if network not in _known:
        inner = getattr(network, "model", None)
        shaped = inner is not None and all(hasattr(inner, part) for part in PARTS)
        _known[network] = shaped and _gives_the_same(network)
    return _known[network]


def _gives_the_same(network: Any) -> bool:
    device, most = network.device, network.config.vocab_size
    rows = [torch.arange(3, 3 + size, device=device)[None] % most for size in (5, 9)]
    with torch.no_grad():
        whole = torch.cat([network(input_ids=row, use_cache=False).logits[0] for row in rows])
        packing = Packing.of(np.array([5, 9]), device)
        try:
            with attention(network):
                hidden = network.model.embed_tokens(torch.cat(rows, dim=1))
                ours = network.lm_head(above(network, hidden, 0, packing))[0]
        except (TypeError, ValueError, RuntimeError, AttributeError, KeyError):
            return False  # the blocks ask for more than a decoder of the Llama kind hands them
    difference = float((ours - whole).abs().max())
    return difference <= TOLERANCE * float(whole.abs().max())


@contextlib.contextmanager
def rows_apart(network: Any) -> Iterator[None]:
    """Rows in one sequence are kept apart inside; a network that cannot be cut is left alone."""
    with attention(network) if can_be_cut(network) else contextlib.nullcontext():
        yield


def above(
    network: Any,
    hidden: Tensor,
    boundary: int,
    packing: Packing,
    prefix: Tensor | None = None,
    checkpointed: bool = False,
) -> Tensor:
    """Final hidden states (1, T, width), from those that enter block `boundary`.

    Args:
        network: Inside `packing.attention`.
        hidden: (1, T, width).
        boundary: Blocks below are not run.
        packing: Where rows lie.
        prefix: Keys and values that stand before every row; see `packing.attend`.
        checkpointed: Whether each block is computed a second time for its gradient, in place of
            being kept (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost").
    """
    layers = network.model.layers[boundary:]
    normed: Tensor = network.model.norm(
        _through(network, hidden, layers, packing, prefix, checkpointed)
    )
    return normed


def _through(
    network: Any,
    hidden: Tensor,
    layers: Any,
    packing: Packing,
    prefix: Tensor | None = None,
    checkpointed: bool = False,
) -> Tensor:
    positions = packing.positions[None] + (0 if prefix is None else prefix.shape[3])
    told = {
        "attention_mask": None,
        "position_ids": positions,
        "position_embeddings": network.model.rotary_emb(hidden, positions),
        "use_cache": False,
        "packing": packing,
        "prefix": prefix,
    }
    for layer in layers:
        if checkpointed:
            hidden = checkpoint(layer, hidden, use_reentrant=False, **told)
        else:
            hidden = layer(hidden, **told)
    return hidden


def kept(
    network: Any, digest: str, rows: Supervised, boundary: int, cache: Cache, progress: Progress
) -> Stored:
    """The hidden states of rows at a boundary, computed once for every learning rate and epoch.

    Args:
        network: In evaluation mode.
        digest: Of the model.
        rows: What is read.
        boundary: Number of blocks below.
        cache: Where they are kept.
        progress: Where to report.
    """
    key = {"model": digest, "boundary": boundary, "rows": digest_json(rows.ids)}
    if (found := cache.read(key)) is not None:
        return found
    lengths = rows.lengths
    batches = by_length(lengths, POSITIONS)
    with cache.writing(key, lengths) as writer:
        for batch in counted(batches, lengths, "reading once", progress, writer.has):
            hidden = hidden_of(network, rows, batch, boundary)
            table = Packing.of(lengths[batch], network.device).table(hidden[0])
            writer.add(batch, table.float().cpu().numpy())
    found = cache.read(key)
    assert found is not None, "it was just written"
    return found


def hidden_of(network: Any, rows: Supervised, batch: NDArray[np.int64], boundary: int) -> Tensor:
    """Hidden states (1, T, width) of some rows that enter block `boundary`."""
    with torch.no_grad(), attention(network):
        packing = Packing.of(rows.lengths[batch], network.device)
        hidden = network.model.embed_tokens(joined(rows, batch).to(network.device))
        return _through(network, hidden, network.model.layers[:boundary], packing)


def joined(rows: Supervised, batch: NDArray[np.int64]) -> Tensor:
    """Ids of some rows, one behind the other (1, T)."""
    return torch.from_numpy(np.concatenate([rows.ids[row] for row in batch]).astype(np.int64))[None]
