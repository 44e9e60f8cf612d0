"""Epochs over supervised rows, stopped by the goal's metric on what the model really writes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rungwise.errors import ModelError
from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Progress, Quiet
from rungwise.records import Epoch, Numbers
from rungwise.training import machine
from rungwise.training.batches import counted, shuffled
from rungwise.training.epoch_line import epoch_line
from rungwise.training.language import losses, packing, rivals, unfinished
from rungwise.training.language.blocks import rows_apart
from rungwise.training.language.live import Live, Method
from rungwise.training.language.losses import PACK, Read
from rungwise.training.language.memory import checkpointed
from rungwise.training.language.unfinished import Reached, Unfinished
from rungwise.training.loop import CLIP, SOLVED, WARM_UP
from rungwise.training.regularisation import DEFAULT, Regularisation, dropping, drops

BATCH = 16
"""Rows a step; an answer has dozens of tokens, each of them an example."""


@dataclass(frozen=True)
class Judged:
    """What the model writes now: the goal's metric, and the share that ended by itself."""

    value: float
    ended: float


@dataclass(frozen=True)
class Plan:
    """How long and how fast, and when it is given up.

    Attributes:
        epochs: At most.
        patience: Epochs without improvement before stopping.
        learning_rate: At its highest.
        seed: Of what is trained, where that starts by chance, and of the order of rows.
        greater: Whether a larger metric is better.
        judged: Rows that an epoch is judged on, the first held-out ones.
        rivals: Other learning rates, which may be ahead.
        level: Of the interval that says so.
        metric: Name of the goal's metric.
        regularisation: Weight decay and dropout.
    """

    epochs: int
    patience: int
    learning_rate: float
    seed: int
    greater: bool = True
    judged: int = 48
    rivals: Sequence[rivals.Rival] = ()
    level: float = 0.95
    metric: str = "the metric"
    regularisation: Regularisation = DEFAULT


@dataclass(frozen=True)
class Trained:
    """What the best epoch left, and the way there.

    Attributes:
        tensors: By name; those that training started from where `best` is 0.
        reached: Curve, best epoch, and what each epoch was judged by.
        diverged: Whether the loss or a gradient was no longer a number.
        beaten: The rival that was clearly ahead; None where none was.
        checkpointed: Whether blocks were computed a second time for their gradients.
        seconds_before: Of the epochs that an interrupted run had done.
    """

    tensors: Mapping[str, Tensor]
    reached: Reached
    diverged: bool
    beaten: Numbers | None
    checkpointed: bool
    seconds_before: float = 0.0


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
        optimiser = torch.optim.AdamW(
            groups(live, plan.regularisation.weight_decay), lr=0.0, fused=True
        )
        reached, kept = Reached(), live.tensors()
        if state is not None and (found := state.read()) is not None:
            reached, parts = found
            live.lay(parts["now"])
            kept = parts["best"]
            unfinished.restore(optimiser, live.named, parts, reached.steps)
            progress.say(f"  going on after epoch {len(reached.curve)}, where it was interrupted")
        before = sum(epoch.seconds for epoch in reached.curve)
        again = checkpointed(model.network, live, int(learnt.rows.lengths.max()))
        generator, diverged, ahead = unfinished.generator_of(reached, plan.seed), False, None
        while len(reached.curve) < plan.epochs and _worth_it(reached, plan):
            ahead = _beaten(reached, plan)
            if ahead is not None:
                break
            began = time.perf_counter()
            number = len(reached.curve) + 1
            with dropping(model.network, plan.regularisation.dropout, plan.seed + number):
                steps = _epoch(
                    model, live, learnt, plan, optimiser, generator, reached, number, again,
                    progress,
                )  # fmt: skip
            if steps is None:
                diverged = True
                break
            _measure(model, live, held_out, plan, judge, reached, steps, began, progress)
            progress.say(epoch_line(reached.curve, plan.epochs, plan.metric))
            if reached.best == len(reached.curve):
                kept = live.tensors()
            reached.order = generator.bit_generator.state
            if state is not None:
                parts = unfinished.moments(optimiser, live.named)
                state.write(reached, {"now": live.tensors(), "best": kept, **parts})
        return Trained(kept, reached, diverged, ahead, again, before)


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
        optimiser = torch.optim.AdamW(
            groups(live, plan.regularisation.weight_decay), lr=0.0, fused=True
        )
        reached = Reached()
        if state is not None and (found := state.read()) is not None:
            reached, parts = found
            live.lay(parts["now"])
            unfinished.restore(optimiser, live.named, parts, reached.steps)
            progress.say(f"  going on after epoch {reached.best}, where it was interrupted")
        kept = live.tensors()
        generator = unfinished.generator_of(reached, plan.seed)
        again = checkpointed(model.network, live, int(learnt.rows.lengths.max()))
        for number in range(reached.best + 1, epochs + 1):
            with dropping(model.network, plan.regularisation.dropout, plan.seed + number):
                steps = _epoch(
                    model, live, learnt, plan, optimiser, generator, reached, number, again,
                    progress,
                )  # fmt: skip
            if steps is None:
                break
            kept, reached.best = live.tensors(), number
            reached.order = generator.bit_generator.state
            if state is not None:
                parts = unfinished.moments(optimiser, live.named)
                state.write(reached, {"now": kept, "best": kept, **parts})
        return Trained(kept, reached, reached.best < epochs, None, again)


@dataclass(frozen=True)
class _Steps:
    """Of one epoch: mean loss, mean gradient norm before clipping, and the highest rate used."""

    loss: float
    norm: float
    rate: float


def _epoch(
    model: LocalLanguageModel,
    live: Live,
    learnt: Read,
    plan: Plan,
    optimiser: torch.optim.Optimizer,
    generator: np.random.Generator,
    reached: Reached,
    number: int,
    again: bool,
    progress: Progress,
) -> _Steps | None:
    """Every row once; None where the loss or a gradient is no longer a number."""
    batches = list(shuffled(learnt.rows.lengths, BATCH, generator))
    steps, taken, norms, used = plan.epochs * len(batches), [], [], 0.0
    title = f"epoch {number} of {plan.epochs}"
    for batch in counted(batches, learnt.rows.lengths, title, progress):
        rate = plan.learning_rate * share(reached.steps, steps)
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.zero_grad()
        loss = backward(model, live, learnt, batch, again)
        norm = float(torch.nn.utils.clip_grad_norm_(live.weights, CLIP))
        if not math.isfinite(norm) or not math.isfinite(loss):
            return None
        if norm == 0 and loss > SOLVED:
            raise ModelError(
                f"The gradient is 0 in epoch {number}: nothing would be learnt",
                "Name another base model; this one hands no gradient to what should be trained.",
            )
        optimiser.step()
        reached.steps += 1
        taken.append(loss)
        norms.append(norm)
        used = max(used, rate)
    return _Steps(float(np.mean(taken)), float(np.mean(norms)), used)


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


def _measure(
    model: LocalLanguageModel,
    live: Live,
    held_out: Read,
    plan: Plan,
    judge: Callable[[Progress], Judged],
    reached: Reached,
    steps: _Steps,
    began: float,
    progress: Progress,
) -> None:
    """Put one epoch on the curve."""
    title = f"epoch {len(reached.curve) + 1} of {plan.epochs}"
    judged = judge(Quiet(progress, title))
    by_row = losses.of_rows(model, live, held_out, progress, f"{title}: loss on validation")
    reached.curve.append(
        Epoch(
            number=len(reached.curve) + 1,
            train_loss=steps.loss,
            validation_loss=losses.mean(held_out, by_row),
            validation_metric=judged.value,
            learning_rate=steps.rate,
            gradient_norm=steps.norm,
            seconds=time.perf_counter() - began,
        )
    )
    reached.ended.append(judged.ended)
    reached.row_losses.append([round(float(one), 4) for one in by_row[: plan.judged]])
    note_best(reached, plan.greater)


def note_best(reached: Reached, greater: bool) -> None:
    """Let the last epoch be the best one if it is."""
    best = reached.curve[reached.best - 1] if reached.best else None
    if best is None or _standing(reached.curve[-1], greater) > _standing(best, greater):
        reached.best = len(reached.curve)


def _standing(epoch: Epoch, greater: bool) -> tuple[float, float]:
    """The goal's metric first; among equals the loss."""
    value, loss = epoch.validation_metric or 0.0, epoch.validation_loss
    return (value if greater else -value), -(math.inf if loss is None else loss)


def _worth_it(reached: Reached, plan: Plan) -> bool:
    return not reached.best or len(reached.curve) - reached.best < plan.patience


def _beaten(reached: Reached, plan: Plan) -> Numbers | None:
    if not reached.curve:
        return None
    values = [epoch.validation_metric or 0.0 for epoch in reached.curve]
    return rivals.beaten(reached.row_losses, values, plan.rivals, plan.greater, plan.level)


def groups(live: Live, decay: float = DEFAULT.weight_decay) -> list[dict[str, object]]:
    """Matrices decay; biases, norms and sizes do not."""
    return [
        {"params": [one for one in live.weights if (one.ndim > 1) == decays], "weight_decay": size}
        for decays, size in ((True, decay), (False, 0.0))
    ]


def share(step: int, steps: int) -> float:
    """Of the highest rate: up to it in the first steps, then down in a straight line to 0."""
    warm = max(1, round(WARM_UP * steps))
    return min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))
