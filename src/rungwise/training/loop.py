"""Training in epochs from kept activations, stopped by the goal's metric on validation.

AdamW (Loshchilov & Hutter 2019) with linear warm-up and decay, gradients clipped. The head
starts from the one that was fitted to frozen features, so that a random head does not tear
at pretrained features first (Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features
and Underperform Out-of-Distribution"). The network stays in evaluation mode unless the task asks
for dropout: over the few epochs of tuning it costs a tenth of the time and rarely brings anything.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rungwise.errors import ModelError
from rungwise.protocols import RungContext
from rungwise.records import Epoch
from rungwise.training import answers, machine
from rungwise.training.batches import counted, shuffled
from rungwise.training.encoder import Encoder
from rungwise.training.epoch_line import epoch_line
from rungwise.training.heads import Linear
from rungwise.training.part import Part
from rungwise.training.regularisation import DEFAULT, Regularisation, dropping
from rungwise.training.trunk import Trunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

WARM_UP = 0.1
"""Share of all steps over which the learning rate rises."""
SOLVED = 1e-6
"""Loss of a row, in nats, that float32 no longer tells from none."""
CLIP = 1.0
"""Largest L2 norm of a gradient."""


@dataclass(frozen=True)
class Schedule:
    """How long, and how fast the module and the head learn at their fastest."""

    epochs: int
    batch_size: int
    patience: int
    learning_rate: float
    head_rate: float
    regularisation: Regularisation = DEFAULT


@dataclass(frozen=True)
class Trained:
    """Where the loop ended; module and head hold the weights of the best epoch.

    `best` is that epoch's number, 0 where the first already diverged: the weights are then
    those that training started from.
    """

    curve: tuple[Epoch, ...]
    best: int
    diverged: bool


def train(
    trunk: Trunk,
    module: Encoder,
    head: Linear,
    learnt: Part,
    held_out: Part,
    schedule: Schedule,
    seed: int,
    context: RungContext,
) -> Trained:
    """Train what requires gradients in `module`, and the head; leave the best epoch's weights."""
    model = _model(trunk, module, head)
    kept, best, curve, diverged = _copy(model), (-math.inf, -math.inf), [], False
    best_epoch = 0
    epochs = schedule.epochs
    passes = _passes(trunk, module, head, learnt, schedule, epochs, seed, context)
    started = time.monotonic()
    for number, passed in enumerate(passes, 1):
        if passed is None:
            diverged = True
            break
        loss, metric = validate(trunk, module, head, held_out, context)
        curve.append(
            Epoch(
                number=number,
                train_loss=passed.loss,
                validation_loss=loss,
                train_metric=passed.metric,
                validation_metric=metric,
                learning_rate=passed.learning_rate,
                gradient_norm=passed.gradient_norm,
                seconds=time.monotonic() - started,
            )
        )
        started = time.monotonic()
        context.progress.say(epoch_line(curve, schedule.epochs, context.task.task.metric))
        reached = (metric if context.greater else -metric, -loss)
        if reached > best:
            kept, best, best_epoch = _copy(model), reached, number
        elif number - best_epoch >= schedule.patience:
            break
    model.load_state_dict(kept, strict=False)
    model.requires_grad_(False)
    return Trained(tuple(curve), best_epoch, diverged)


def repeat(
    trunk: Trunk,
    module: Encoder,
    head: Linear,
    learnt: Part,
    schedule: Schedule,
    epochs: int,
    seed: int,
    context: RungContext,
) -> Trained:
    """Train for the first `epochs` of a schedule, as many as an earlier training did best with.

    More rows take more steps an epoch. Nothing is validated, so there is no curve.
    """
    model = _model(trunk, module, head)
    kept, finite = _copy(model), 0
    for passed in _passes(trunk, module, head, learnt, schedule, epochs, seed, context):
        if passed is None:
            break
        kept, finite = _copy(model), finite + 1
    model.load_state_dict(kept, strict=False)
    model.requires_grad_(False)
    return Trained((), finite, finite < epochs)


def _model(trunk: Trunk, module: Encoder, head: Linear) -> nn.ModuleList:
    return nn.ModuleList([module, head]).to(trunk.device).eval()


def _passes(
    trunk: Trunk,
    module: Encoder,
    head: Linear,
    learnt: Part,
    schedule: Schedule,
    epochs: int,
    seed: int,
    context: RungContext,
) -> Iterator[_Pass | None]:
    """The first `epochs` of a schedule, one by one; None ends them if training diverges."""
    model = nn.ModuleList([module, head])
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser, rates = _optimiser(module, head, schedule, len(learnt.rows))
    generator = np.random.default_rng(seed)
    for number in range(1, epochs + 1):
        title = f"epoch {number} of {schedule.epochs}"
        with dropping(model, schedule.regularisation.dropout, seed + number):
            yield _epoch(
                trunk, module, head, learnt, trained, optimiser, rates, generator, schedule,
                context, title,
            )  # fmt: skip


@dataclass(frozen=True)
class _Pass:
    """One epoch over the training rows; the metric is taken while weights still move.

    `learning_rate` is the highest that the optimiser itself used for the layers: a setting
    that does not reach it must show.
    """

    loss: float
    metric: float
    gradient_norm: float
    learning_rate: float


def _epoch(
    trunk: Trunk,
    module: Encoder,
    head: Linear,
    part: Part,
    trained: list[nn.Parameter],
    optimiser: torch.optim.Optimizer,
    rates: torch.optim.lr_scheduler.LRScheduler,
    generator: np.random.Generator,
    schedule: Schedule,
    context: RungContext,
    title: str,
) -> _Pass | None:
    """One pass with steps; None where the loss or a gradient is no longer finite."""
    scores = np.empty((len(part.rows), len(context.classes)), np.float32)
    total, norms, used = 0.0, [], []
    batches = list(shuffled(part.source.lengths, schedule.batch_size, generator))
    for rows in counted(batches, part.source.lengths, title, context.progress):
        values, mask = trunk.tensors(part.source, rows)
        labels = part.labels[rows].to(trunk.device)
        with machine.products(trunk.device, values.shape[1]):
            embedded = module(values, mask)
        dropout = schedule.regularisation.dropout
        logits = head(functional.dropout(embedded.float(), dropout, training=dropout > 0))
        losses = functional.cross_entropy(logits, labels, reduction="none")
        weights = 1.0 if part.weights is None else part.weights[rows].to(trunk.device)
        optimiser.zero_grad()
        torch.autograd.backward((losses * weights).mean())
        norm = nn.utils.clip_grad_norm_(trained, CLIP).item()
        total += losses.sum().item()
        if not math.isfinite(norm) or not math.isfinite(total):
            return None
        # A batch that is answered perfectly has no gradient; one that is not must have some.
        if norm == 0 and losses.max() >= SOLVED:
            raise ModelError(
                f"The gradient is 0 in {title}: nothing would be learnt",
                "Name another base model; this one hands no gradient to what should be trained.",
            )
        used.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        rates.step()
        norms.append(norm)
        scores[rows] = logits.detach().softmax(-1).cpu().numpy()
    predictions = answers.of(part.rows.inputs.ids, scores, context.classes)
    metric = context.score(part.rows.expected, predictions)
    return _Pass(total / len(part.rows), metric, float(np.mean(norms)), max(used))


def validate(
    trunk: Trunk, module: Encoder, head: Linear, part: Part, context: RungContext
) -> tuple[float, float]:
    """Mean cross-entropy in nats, and the goal's metric, without gradients or dropout."""
    logits: NDArray[np.float32] = trunk.run(
        lambda values, mask: head(module(values, mask)), part.source, context.progress, "Validating"
    )
    answered = torch.from_numpy(logits)
    loss = functional.cross_entropy(answered, part.labels).item()
    scores = answered.softmax(-1).numpy()
    predictions = answers.of(part.rows.inputs.ids, scores, context.classes)
    return loss, context.score(part.rows.expected, predictions)


def _optimiser(
    module: Encoder, head: Linear, schedule: Schedule, rows: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    groups = [
        {"params": parameters, "lr": lr, "weight_decay": decay}
        for part, lr in ((module, schedule.learning_rate), (head, schedule.head_rate))
        for decay, parameters in _by_decay(part, schedule.regularisation.weight_decay)
    ]
    steps = schedule.epochs * math.ceil(rows / schedule.batch_size)
    warm = max(1, round(steps * WARM_UP))

    def share(step: int) -> float:
        return min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))

    optimiser = torch.optim.AdamW(groups, fused=True)
    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, share)


def _by_decay(part: nn.Module, decay: float) -> Iterator[tuple[float, list[nn.Parameter]]]:
    trained = [parameter for parameter in part.parameters() if parameter.requires_grad]
    yield decay, [parameter for parameter in trained if parameter.ndim > 1]
    yield 0.0, [parameter for parameter in trained if parameter.ndim <= 1]


def _copy(model: nn.Module) -> dict[str, Tensor]:
    wanted = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    state = model.state_dict()
    return {name: state[name].detach().clone() for name in wanted}
