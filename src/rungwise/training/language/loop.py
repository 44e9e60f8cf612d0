"""Tuning a language model on supervised rows, judged by what the model really writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Progress, Quiet
from rungwise.records import Numbers
from rungwise.training import loop, machine
from rungwise.training.language import losses, packing, rivals
from rungwise.training.language.blocks import rows_apart
from rungwise.training.language.live import Live, Method
from rungwise.training.language.losses import PACK, Read
from rungwise.training.language.memory import checkpointed
from rungwise.training.language.unfinished import Reached, Unfinished
from rungwise.training.loop import Lesson, Schedule, Trained, Validated, groups
from rungwise.training.regularisation import drops

BATCH = 16
"""Rows a step; an answer has dozens of tokens, each of them an example."""


@dataclass(frozen=True)
class Judged:
    """What the model writes now: the goal's metric, and the share that ended by itself."""

    value: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class Plan(Schedule):
    """A schedule that may end early because another learning rate is ahead.

    Attributes:
        judged: Rows that an epoch is judged on, the first held-out ones.
        rivals: Other learning rates.
        level: Of the interval that says that one is ahead.
    """

    batch_size: int = BATCH
    judged: int = 48
    rivals: Sequence[rivals.Rival] = ()
    level: float = 0.95


def train(
    model: LocalLanguageModel,
    method: Method,
    learnt: Read,
    held_out: Read,
    plan: Plan,
    judge: Callable[[Progress], Judged],
    progress: Progress,
    state: Unfinished | None = None,
) -> Trained:
    """Train; the model is left as it was.

    Args:
        model: In evaluation mode, so without dropout.
        method: What is trained.
        learnt, held_out: Rows to learn from, and to take the loss on.
        plan: How long, how fast.
        judge: Says how good the model is now, and reports that it is at it.
        progress: Where to report.
        state: Where an interrupted training is kept, and found.

    Raises:
        ModelError: No gradient reaches what should be trained.
    """
    with machine.chance(plan.seed), method.attached(model) as live:
        if plan.regularisation.dropout and not drops(model.network):
            progress.say(
                "  `training.dropout` has no effect here: what is trained has no dropout layer."
            )

        def validate(title: str) -> Validated:
            judged = judge(Quiet(progress, title))
            by_row = losses.of_rows(model, live, held_out, progress, f"{title}: loss on validation")
            loss = losses.mean(held_out, by_row)
            return Validated(loss, judged.value, judged.ended, by_row[: plan.judged].tolist())

        def beaten(reached: Reached) -> Numbers | None:
            values = [epoch.validation_metric or 0.0 for epoch in reached.curve]
            known = reached.row_losses, values, plan.rivals, plan.greater, plan.level
            return rivals.beaten(*known) if values else None

        again = checkpointed(model.network, live, int(learnt.rows.lengths.max()))
        lesson = _lesson(model, live, learnt, plan, again)
        trained = loop.train(lesson, plan, progress, state, validate, beaten)
        return replace(trained, checkpointed=again)


def repeat(
    model: LocalLanguageModel,
    method: Method,
    learnt: Read,
    plan: Plan,
    epochs: int,
    progress: Progress,
    state: Unfinished | None = None,
) -> Trained:
    """Train for the first `epochs` of a plan, as many as an earlier training did best with.

    More rows take more steps an epoch. Nothing is judged, so there is no curve. `state` is where
    an interrupted training is kept, and found.
    """
    with machine.chance(plan.seed), method.attached(model) as live:
        again = checkpointed(model.network, live, int(learnt.rows.lengths.max()))
        lesson = _lesson(model, live, learnt, plan, again)
        trained = loop.train(lesson, plan, progress, state, epochs=epochs)
        return replace(trained, checkpointed=again)


def _lesson(model: LocalLanguageModel, live: Live, learnt: Read, plan: Plan, again: bool) -> Lesson:
    return Lesson(
        live,
        groups(live.weights, plan.learning_rate, plan.regularisation.weight_decay),
        model.network,
        learnt.rows.lengths,
        lambda batch: (backward(model, live, learnt, batch, again), 1),
        each_epoch=True,
    )


def backward(
    model: LocalLanguageModel,
    live: Live,
    read: Read,
    batch: NDArray[np.int64],
    again: bool = False,
) -> float:
    """Add the gradients of a batch's mean loss, sequence after sequence; returns that loss."""
    tokens, total = int(read.rows.learnt[batch].sum()), 0.0
    with rows_apart(model.network):
        for part in packing.packs(batch, read.rows.lengths, PACK):
            # A block that is computed a second time needs the same attention then.
            with machine.kernels(model.network.device, losses.positions(live, read, part)):
                loss = losses.of_tokens(model, live, read, part, again).sum() / tokens
                torch.autograd.backward(loss)
            total += float(loss.detach())
    return total
