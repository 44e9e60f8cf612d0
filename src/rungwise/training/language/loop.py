"""Epochs over kept activations, stopped by the goal's metric on what the model really writes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from rungwise.errors import ModelError
from rungwise.progress import Progress
from rungwise.records import Epoch
from rungwise.training import machine
from rungwise.training.batches import shuffled
from rungwise.training.cache import Stored
from rungwise.training.language import adapter
from rungwise.training.language.blocks import above
from rungwise.training.language.supervised import Supervised
from rungwise.training.loop import CLIP, DECAY, WARM_UP

BATCH = 16
"""Rows a step; an answer has dozens of tokens, each of them an example."""


@dataclass(frozen=True)
class Read:
    """Rows, and their hidden states at the boundary."""

    rows: Supervised
    hidden: Stored


@dataclass(frozen=True)
class Trained:
    """The adapters of the best epoch, and the way there; `best` 0 is the untuned model."""

    tensors: Mapping[str, Tensor]
    curve: tuple[Epoch, ...]
    best: int


def train(
    network: Any,
    boundary: int,
    learnt: Read,
    held_out: Read,
    epochs: int,
    learning_rate: float,
    seed: int,
    judge: Callable[[], float],
    greater: bool,
    progress: Progress,
) -> Trained:
    """Train adapters in the blocks from `boundary` on; the network is left as it was.

    Args:
        network: In evaluation mode, so without dropout.
        boundary: Blocks below it are frozen, and not computed again.
        learnt, held_out: Rows to learn from, and to take the loss on.
        epochs: At most.
        learning_rate: At its highest.
        seed: Of the adapters and the order of rows.
        judge: The goal's metric of what the model writes now.
        greater: Whether a larger one is better.
        progress: Where to report.

    Raises:
        ModelError: Nothing reaches the adapters: the gradient is zero, or not a number.
    """
    generator = np.random.default_rng(seed)
    steps = epochs * math.ceil(len(learnt.rows.ids) / BATCH)
    with machine.chance(seed), adapter.attached(network, boundary) as tuner:
        weights = adapter.parameters(tuner)
        optimiser = torch.optim.AdamW(weights, lr=learning_rate, weight_decay=DECAY)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
        curve: list[Epoch] = []
        best, kept, highest = 0, adapter.trained(network), -math.inf
        for number in progress.over(range(1, epochs + 1), "epochs", epochs):
            began = time.perf_counter()
            losses, norms = [], []
            for batch in shuffled(learnt.rows.lengths, BATCH, generator):
                loss = _loss(network, boundary, learnt, batch)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                norm = float(torch.nn.utils.clip_grad_norm_(weights, CLIP))
                _check(norm, number)
                optimiser.step()
                schedule.step()
                losses.append(float(loss.detach()))
                norms.append(norm)
            value = judge()
            curve.append(
                Epoch(
                    number=number,
                    train_loss=float(np.mean(losses)),
                    validation_loss=held_out_loss(network, boundary, held_out),
                    validation_metric=value,
                    learning_rate=learning_rate,
                    gradient_norm=float(np.mean(norms)),
                    seconds=time.perf_counter() - began,
                )
            )
            if (signed := value if greater else -value) > highest:
                best, kept, highest = number, adapter.trained(network), signed
        return Trained(kept, tuple(curve), best)


def held_out_loss(network: Any, boundary: int, read: Read) -> float:
    """Mean cross-entropy of the answers' tokens, in nats."""
    total, tokens = 0.0, 0
    order = np.argsort(read.rows.lengths, kind="stable")
    with torch.no_grad():
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            count = int((read.rows.lengths - read.rows.begins)[batch].sum())
            total += float(_loss(network, boundary, read, batch)) * count
            tokens += count
    return total / max(tokens, 1)


def _loss(network: Any, boundary: int, read: Read, batch: NDArray[np.int64]) -> Tensor:
    """Mean over the answers' tokens; logits are made where there is something to learn alone."""
    hidden, _ = read.hidden.batch(batch)
    device = network.device
    begins, lengths = read.rows.begins[batch], read.rows.lengths[batch]
    place = np.arange(hidden.shape[1])
    told = (place >= begins[:, None] - 1) & (place < lengths[:, None] - 1)
    wanted = np.concatenate(
        [read.rows.ids[row][begin:] for row, begin in zip(batch, begins, strict=True)]
    )
    with machine.products(device, hidden.shape[1]):
        final = above(network, torch.from_numpy(hidden).to(device), boundary)
        logits = network.lm_head(final[torch.from_numpy(told).to(device)])
    return functional.cross_entropy(logits.float(), torch.from_numpy(wanted).to(device))


def _rate(step: int, steps: int) -> float:
    warm = max(1, round(WARM_UP * steps))
    return min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))


def _check(norm: float, epoch: int) -> None:
    if norm == 0 or not math.isfinite(norm):
        raise ModelError(
            f"The gradient of the adapters is {norm:g} in epoch {epoch}: nothing would be learnt",
            "Try a smaller learning rate, or another base model.",
        )
