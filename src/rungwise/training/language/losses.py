"""What tokens of answers cost, in nats; logits are made where there is something to learn alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Progress, Silent
from rungwise.training import machine
from rungwise.training.batches import counted
from rungwise.training.cache import Stored
from rungwise.training.language import packing
from rungwise.training.language.blocks import above, can_be_cut, joined, rows_apart
from rungwise.training.language.live import Live
from rungwise.training.language.supervised import Supervised

PACK = 2048
"""Tokens of a sequence that is run through the network at once; more are taken one by one."""
SILENT = Silent()


@dataclass(frozen=True)
class Read:
    """Rows, and their hidden states at the boundary; None where nothing is frozen below."""

    rows: Supervised
    hidden: Stored | None = None


def of_tokens(
    model: LocalLanguageModel,
    live: Live,
    read: Read,
    batch: NDArray[np.int64],
    checkpointed: bool = False,
    evaluated: bool = False,
) -> Tensor:
    """Cross-entropy of every token that is learnt from, row after row.

    Args:
        model: In evaluation mode, inside `rows_apart`.
        live: What is trained.
        read: Rows.
        batch: Which of them, in one sequence.
        checkpointed: See `blocks.above`.
        evaluated: In float32, as nothing is learnt from it.
    """
    network, rows = model.network, read.rows
    lengths, begins = rows.lengths[batch], rows.begins[batch]
    wanted = np.concatenate([rows.ids[row][rows.begins[row] :] for row in batch])
    packed = packing.Packing.of(lengths, network.device)
    way = machine.kernels if evaluated else machine.products
    with way(network.device, positions(live, read, batch)):
        if can_be_cut(network):
            # Embeddings pass every block; what was kept at the boundary has passed those below.
            first = 0 if read.hidden is None else live.boundary
            hidden = above(
                network, _entering(model, read, batch), first, packed, live.prefix, checkpointed
            )
            logits = network.lm_head(hidden[0][_told(lengths, begins)])
        else:
            logits = _whole(network, packed, joined(rows, batch))[_told(lengths, begins)]
    return functional.cross_entropy(
        logits.float(), torch.from_numpy(wanted).to(network.device), reduction="none"
    )


def positions(live: Live, read: Read, batch: NDArray[np.int64]) -> int:
    """Of the longest row, and the prefix before it."""
    before = 0 if live.prefix is None else live.prefix.shape[3]
    return before + int(read.rows.lengths[batch].max())


def of_rows(
    model: LocalLanguageModel, live: Live, read: Read, progress: Progress = SILENT, title: str = ""
) -> NDArray[np.float64]:
    """Mean cross-entropy of each row's answer (rows), in float32 on every device."""
    found = np.empty(len(read.rows.ids))
    order = np.argsort(read.rows.lengths, kind="stable")
    with torch.no_grad(), rows_apart(model.network):
        packs = packing.packs(order, read.rows.lengths, PACK)
        for batch in counted(packs, read.rows.lengths, title, progress):
            learnt = read.rows.learnt[batch]
            losses = of_tokens(model, live, read, batch, evaluated=True).cpu().double().numpy()
            starts = np.cumsum(learnt) - learnt
            found[batch] = np.add.reduceat(losses, starts) / learnt
    return found


def mean(read: Read, by_row: NDArray[np.float64]) -> float:
    """Mean over the answers' tokens, from the mean of each row."""
    return float(np.average(by_row, weights=read.rows.learnt))


def _entering(model: LocalLanguageModel, read: Read, batch: NDArray[np.int64]) -> Tensor:
    """Hidden states (1, T, width) that enter the boundary."""
    if read.hidden is None:
        embedded: Tensor = model.network.model.embed_tokens(
            joined(read.rows, batch).to(model.network.device)
        )
        return embedded
    kept = read.hidden
    spans = zip(kept.starts[batch], kept.lengths[batch], strict=True)
    values = np.concatenate([kept.flat[start : start + length] for start, length in spans])
    return torch.from_numpy(values)[None].to(model.network.device)


def _told(lengths: NDArray[np.int64], begins: NDArray[np.int64]) -> Tensor:
    """Which tokens of a sequence say something that is learnt from: those before the answer's."""
    starts = np.cumsum(lengths) - lengths
    position = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
    first, end = np.repeat(begins - 1, lengths), np.repeat(lengths - 1, lengths)
    return torch.from_numpy((position >= first) & (position < end))


def _whole(network: torch.nn.Module, packed: packing.Packing, ids: Tensor) -> Tensor:
    """Logits (T, vocabulary) of a network that cannot be cut: rows as a padded table."""
    device = packed.token.device
    mask = torch.zeros(packed.token.numel(), dtype=torch.long, device=device)
    mask[packed.place] = 1
    told = network(
        input_ids=packed.table(ids[0].to(device)),
        attention_mask=mask.view_as(packed.token),
        use_cache=False,
    ).logits
    logits: Tensor = told.flatten(0, 1)[packed.place]
    return logits
