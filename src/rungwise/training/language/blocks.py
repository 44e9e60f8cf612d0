"""A decoder in two halves: below the boundary computed once, above it trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from rungwise.objects import digest_json
from rungwise.progress import Progress
from rungwise.training.batches import by_length
from rungwise.training.cache import Cache, Stored
from rungwise.training.language.supervised import Supervised

POSITIONS = 4096
"""Padded positions in a batch that is only run forward."""
PARTS = ("embed_tokens", "layers", "norm", "rotary_emb")


def can_be_cut(network: Any) -> bool:
    """Whether the network is a decoder of the Llama kind, whose blocks run one after another."""
    inner = getattr(network, "model", None)
    return inner is not None and all(hasattr(inner, part) for part in PARTS)


def below(network: Any, ids: Tensor, boundary: int) -> Tensor:
    """Hidden states (rows, positions, width) that enter block `boundary`.

    Rows are padded on the right: a causal block never sees what comes after.
    """
    hidden = network.model.embed_tokens(ids)
    return _through(network, hidden, network.model.layers[:boundary])


def above(network: Any, hidden: Tensor, boundary: int) -> Tensor:
    """Final hidden states (rows, positions, width), from those that enter block `boundary`."""
    through = _through(network, hidden, network.model.layers[boundary:])
    normed: Tensor = network.model.norm(through)
    return normed


def _through(network: Any, hidden: Tensor, layers: Any) -> Tensor:
    positions = torch.arange(hidden.shape[1], device=hidden.device)[None]
    embedded = network.model.rotary_emb(hidden, positions)
    for layer in layers:
        hidden = layer(
            hidden,
            attention_mask=None,
            position_ids=positions,
            position_embeddings=embedded,
            use_cache=False,
        )
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
    with cache.writing(key, lengths) as writer, torch.no_grad():
        for batch in progress.over(batches, "reading once", len(batches)):
            ids = padded([rows.ids[row] for row in batch]).to(network.device)
            writer.add(batch, below(network, ids, boundary).float().cpu().numpy())
    found = cache.read(key)
    assert found is not None, "it was just written"
    return found


def padded(rows: list[tuple[int, ...]]) -> Tensor:
    """Ids (rows, longest), zero on the right."""
    made = np.zeros((len(rows), max(map(len, rows))), np.int64)
    for place, row in enumerate(rows):
        made[place, : len(row)] = row
    return torch.from_numpy(made)
