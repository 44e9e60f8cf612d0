"""Training in epochs: one loop for classifiers, language models and preferences.

What differs is given to it: a `Lesson` adds the gradients of its loss, and `validate` says how good
the model is after an epoch. AdamW (Loshchilov & Hutter 2019) with linear warm-up and decay,
gradients clipped. The network stays in evaluation mode unless the task asks for dropout: over the
few epochs of tuning it costs a tenth of the time and rarely brings anything.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rungwise.errors import ModelError
from rungwise.progress import Progress
from rungwise.records import Epoch, Numbers
from rungwise.training.batches import counted, shuffled
from rungwise.training.epoch_line import epoch_line
from rungwise.training.language import unfinished
from rungwise.training.language.live import Live
from rungwise.training.language.unfinished import Reached, Unfinished
from rungwise.training.regularisation import DEFAULT, Regularisation, dropping

WARM_UP = 0.1
"""Share of all steps over which the learning rate rises."""
SOLVED = 1e-6
"""Loss of a row, in nats, that float32 no longer tells from none."""
SPARED = 10.0
"""Seconds of training that an interruption may cost: a state has four sets of weights."""
CLIP = 1.0
"""Largest L2 norm of a gradient."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How long and how fast, and when training is given up.

    Attributes:
        epochs: At most.
        batch_size: Rows a step.
        patience: Epochs without improvement before stopping.
        learning_rate: At its highest.
        seed: Of the order of rows, of dropout, and of what starts at random.
        greater: Whether a larger metric is better.
        metric: Name of the goal's metric.
        regularisation: Weight decay and dropout.
    """

    epochs: int
    batch_size: int
    patience: int
    learning_rate: float
    seed: int
    greater: bool = True
    metric: str = "the metric"
    regularisation: Regularisation = DEFAULT


@dataclass(frozen=True)
class Lesson:
    """What is trained, from which rows, by which loss.

    Attributes:
        live: The trained parameters.
        groups: The same as AdamW's groups, with the highest rate of each; see `groups`.
        network: What dropout applies to, in evaluation mode.
        lengths: Tokens of each row (rows).
        backward: Adds the gradients of a batch's mean loss. Returns the sum of its losses and how
            many there are.
        score: The goal's metric on the rows of this epoch, taken while weights still move; None
            if the rows are not scored.
        each_epoch: Whether a state is kept after every epoch, however short: adapters are small.
    """

    live: Live
    groups: list[dict[str, Any]]
    network: nn.Module
    lengths: NDArray[np.int64]
    backward: Callable[[NDArray[np.int64]], tuple[float, float]]
    score: Callable[[], float | None] = lambda: None
    each_epoch: bool = False


@dataclass(frozen=True)
class Validated:
    """How good the model is on validation.

    Attributes:
        loss: Mean, in nats.
        metric: The goal's.
        ended: Share of written answers that ended by themselves; None if nothing is written.
        row_losses: Mean loss of each judged row; empty if rows are not compared.
    """

    loss: float
    metric: float
    ended: float | None = None
    row_losses: Sequence[float] = ()


@dataclass(frozen=True)
class Trained:
    """The weights of the best epoch, and the way there.

    Attributes:
        tensors: By name; those that training started from if `reached.best` is 0.
        reached: Curve, best epoch, and how each epoch was judged.
        diverged: Whether the loss or a gradient was no longer a number.
        beaten: The rival that was clearly ahead, or None.
        seconds_before: Seconds of the epochs that an interrupted run had done.
        checkpointed: Whether blocks were computed a second time for their gradients.
    """

    tensors: Mapping[str, Tensor]
    reached: Reached
    diverged: bool
    beaten: Numbers | None = None
    seconds_before: float = 0.0
    checkpointed: bool = False


def train(
    lesson: Lesson,
    schedule: Schedule,
    progress: Progress,
    state: Unfinished | None = None,
    validate: Callable[[str], Validated] | None = None,
    beaten: Callable[[Reached], Numbers | None] = lambda _: None,
    epochs: int | None = None,
) -> Trained:
    """Train until the schedule ends, nothing improves, a rival is ahead, or training diverges.

    An interrupted training goes on behind the last epoch that `state` keeps, and ends as one that
    nobody interrupted. The caller puts the returned weights in place.

    Args:
        lesson: What is trained.
        schedule: How long and how fast.
        progress: Where to report.
        state: Where an interrupted training is kept, and found.
        validate: Judges the model after an epoch; its argument is a title. None trains for all
            epochs: the last is the best, and there is no curve.
        beaten: Whether a rival is ahead, asked before each epoch.
        epochs: Ends after so many of the schedule's epochs.

    Raises:
        ModelError: No gradient reaches what should be trained.
    """
    live, reached, kept = lesson.live, Reached(), lesson.live.tensors()
    optimiser = torch.optim.AdamW(lesson.groups, fused=True)
    if state is not None and (found := state.read()) is not None:
        reached, parts = found
        live.lay(parts["now"])
        kept = parts["best"] or parts["now"]
        moved = {name: one for name, one in live.named.items() if name in parts["first"]}
        unfinished.restore(optimiser, moved, parts, reached.steps)
        done = len(reached.curve) or reached.best
        progress.say(f"  going on after epoch {done}, where it was interrupted")
    before, resumable = sum(epoch.seconds for epoch in reached.curve), reached.steps > 0
    generator = unfinished.generator_of(reached, schedule.seed)
    diverged, ahead, unkept = False, None, 0.0
    for number in range((len(reached.curve) or reached.best) + 1, (epochs or schedule.epochs) + 1):
        if validate is not None and 0 < reached.best <= number - 1 - schedule.patience:
            break
        if (ahead := beaten(reached)) is not None:
            break
        began, title = time.perf_counter(), f"epoch {number} of {schedule.epochs}"
        with dropping(lesson.network, schedule.regularisation.dropout, schedule.seed + number):
            passed = _epoch(lesson, schedule, optimiser, generator, reached, title, progress)
        if passed is None:
            diverged = True
            break
        if validate is None:
            reached.best = number
        else:
            _measure(reached, passed, validate(title), schedule, began)
            progress.say(epoch_line(reached.curve, schedule.epochs, schedule.metric))
        if reached.best == number:
            kept = live.tensors()
        unkept += time.perf_counter() - began
        if state is not None and (lesson.each_epoch or unkept >= SPARED):
            reached.order, unkept, resumable = generator.bit_generator.state, 0.0, True
            # Parameters that no gradient reaches have no moments.
            named = {name: one for name, one in live.named.items() if one in optimiser.state}
            moments = unfinished.moments(optimiser, named)
            state.write(reached, {"now": live.tensors(), "best": kept, **moments})
    if state is not None and resumable and validate is None and not diverged:
        # The weights alone: nothing goes on from here.
        state.write(reached, {"now": kept, "best": {}, "first": {}, "second": {}})
    return Trained(kept, reached, diverged, ahead, before)


@dataclass(frozen=True)
class _Pass:
    """One epoch over the training rows.

    `learning_rate` is the highest that the optimiser itself used for the first group: a setting
    that does not reach it must show.
    """

    loss: float
    metric: float | None
    gradient_norm: float
    learning_rate: float


def _epoch(
    lesson: Lesson,
    schedule: Schedule,
    optimiser: torch.optim.Optimizer,
    generator: np.random.Generator,
    reached: Reached,
    title: str,
    progress: Progress,
) -> _Pass | None:
    """One pass with steps; None if the loss or a gradient is no longer finite."""
    batches = list(shuffled(lesson.lengths, schedule.batch_size, generator))
    steps = schedule.epochs * len(batches)
    losses, counts, norms, used = [], [], [], 0.0
    for batch in counted(batches, lesson.lengths, title, progress):
        for group in optimiser.param_groups:
            group["lr"] = group["initial_lr"] * share(reached.steps, steps)
        optimiser.zero_grad()
        loss, count = lesson.backward(batch)
        norm = float(nn.utils.clip_grad_norm_(lesson.live.weights, CLIP))
        if not math.isfinite(norm) or not math.isfinite(loss):
            return None
        # A batch that is answered perfectly has no gradient; one that is not must have some.
        if norm == 0 and loss > SOLVED * count:
            raise ModelError(
                f"The gradient is 0 in {title}: nothing would be learnt",
                "Name another base model; this one hands no gradient to what should be trained.",
            )
        used = max(used, optimiser.param_groups[0]["lr"])
        optimiser.step()
        reached.steps += 1
        losses.append(loss)
        counts.append(count)
        norms.append(norm)
    mean = float(np.sum(losses) / np.sum(counts))
    return _Pass(mean, lesson.score(), float(np.mean(norms)), used)


def _measure(
    reached: Reached, passed: _Pass, judged: Validated, schedule: Schedule, began: float
) -> None:
    """Put one epoch on the curve, and let it be the best one if it is."""
    reached.curve.append(
        Epoch(
            number=len(reached.curve) + 1,
            train_loss=passed.loss,
            validation_loss=judged.loss,
            train_metric=passed.metric,
            validation_metric=judged.metric,
            learning_rate=passed.learning_rate,
            gradient_norm=passed.gradient_norm,
            seconds=time.perf_counter() - began,
        )
    )
    if judged.ended is not None:
        reached.ended.append(judged.ended)
    if len(judged.row_losses):
        reached.row_losses.append([round(float(one), 4) for one in judged.row_losses])
    best = reached.curve[reached.best - 1] if reached.best else None
    if best is None or _merit(reached.curve[-1], schedule) > _merit(best, schedule):
        reached.best = len(reached.curve)


def _merit(epoch: Epoch, schedule: Schedule) -> tuple[float, float]:
    """What an epoch is chosen by: the goal's metric, among equals the loss."""
    value, loss = epoch.validation_metric or 0.0, epoch.validation_loss
    return (value if schedule.greater else -value), -(math.inf if loss is None else loss)


def groups(parameters: Iterable[nn.Parameter], rate: float, decay: float) -> list[dict[str, Any]]:
    """AdamW's groups of what requires a gradient: matrices decay; biases, norms and sizes do not.

    Args:
        parameters: Those without a gradient are left out.
        rate: The learning rate at its highest.
        decay: Weight decay of matrices.
    """
    trained = [one for one in parameters if one.requires_grad]
    return [
        {
            "params": [one for one in trained if (one.ndim > 1) == matrices],
            "lr": rate,
            "initial_lr": rate,
            "weight_decay": size,
        }
        for matrices, size in ((True, decay), (False, 0.0))
    ]


def share(step: int, steps: int) -> float:
    """Of the highest rate: up to it in the first steps, then down in a straight line to 0."""
    warm = max(1, round(WARM_UP * steps))
    return min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))
