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
from collections.abc import Iterator, Mapping
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
from rungwise.training.language import unfinished
from rungwise.training.language.unfinished import Reached, Unfinished
from rungwise.training.part import Part
from rungwise.training.regularisation import DEFAULT, Regularisation, dropping
from rungwise.training.trunk import Trunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

WARM_UP = 0.1
"""Share of all steps over which the learning rate rises."""
SOLVED = 1e-6
"""Loss of a row, in nats, that float32 no longer tells from none."""
SPARED = 10.0
"""Seconds of training that an interruption may cost: a state has four sets of weights."""
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
    those that training started from. `seconds_before` is what an interrupted run spent.
    """

    curve: tuple[Epoch, ...]
    best: int
    diverged: bool
    seconds_before: float = 0.0


def train(
    trunk: Trunk,
    module: Encoder,
    head: Linear,
    learnt: Part,
    held_out: Part,
    schedule: Schedule,
    seed: int,
    context: RungContext,
    state: Unfinished | None = None,
) -> Trained:
    """Train what requires gradients in `module`, and the head; leave the best epoch's weights.

    What `state` keeps of an interrupted training goes on behind its last epoch, and ends as one
    that nobody interrupted.
    """
    model = _model(trunk, module, head)
    course, reached, kept = _begun(model, schedule, len(learnt.rows), seed, context, state)
    before, diverged, unkept = sum(epoch.seconds for epoch in reached.curve), False, 0.0
    curve, best_epoch = reached.curve, reached.best
    best = _merit(curve[best_epoch - 1], context) if best_epoch else (-math.inf, -math.inf)
    done, left = len(curve), schedule.epochs
    if done and done - best_epoch >= schedule.patience:
        left = done
    passes = _passes(trunk, module, head, learnt, schedule, left, seed, context, course, done + 1)
    started = time.monotonic()
    for number, passed in enumerate(passes, done + 1):
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
        merit = _merit(curve[-1], context)
        if merit > best:
            kept, best, best_epoch = _copy(model), merit, number
        unkept += curve[-1].seconds
        if state is not None and unkept >= SPARED:
            reached.best, unkept = best_epoch, 0.0
            course.keep(state, reached, model, kept)
        if number - best_epoch >= schedule.patience:
            break
    model.load_state_dict(kept, strict=False)
    model.requires_grad_(False)
    return Trained(tuple(curve), best_epoch, diverged, before)


def _begun(
    model: nn.ModuleList,
    schedule: Schedule,
    rows: int,
    seed: int,
    context: RungContext,
    state: Unfinished | None,
) -> tuple[_Course, Reached, dict[str, Tensor]]:
    """What goes on, how far it came, and the best weights: at the beginning, or where it was."""
    if state is None or (found := state.read()) is None:
        return _Course.of(model, schedule, rows, seed), Reached(), _copy(model)
    reached, parts = found
    model.load_state_dict(parts["now"], strict=False)
    told = len(reached.curve) or reached.best
    context.progress.say(f"  going on after epoch {told}, where it was interrupted")
    return (
        _Course.of(model, schedule, rows, seed, reached, parts),
        reached,
        parts["best"] or parts["now"],
    )


def _merit(epoch: Epoch, context: RungContext) -> tuple[float, float]:
    """What an epoch is chosen by: the metric, then the loss."""
    metric, loss = epoch.validation_metric, epoch.validation_loss
    assert metric is not None and loss is not None, "every epoch is validated"
    return metric if context.greater else -metric, -loss


def _named(model: nn.Module) -> dict[str, nn.Parameter]:
    return {name: one for name, one in model.named_parameters() if one.requires_grad}


@dataclass
class _Course:
    """What goes on from epoch to epoch, beside the weights."""

    optimiser: torch.optim.Optimizer
    rates: torch.optim.lr_scheduler.LRScheduler
    generator: np.random.Generator

    @staticmethod
    def of(
        model: nn.ModuleList,
        schedule: Schedule,
        rows: int,
        seed: int,
        reached: Reached | None = None,
        parts: Mapping[str, Mapping[str, Tensor]] | None = None,
    ) -> _Course:
        """At the beginning, or where an interrupted training was."""
        come, (module, head) = reached or Reached(), model
        optimiser, rates = _optimiser(module, head, schedule, rows, come.steps)
        if parts:
            moved = {name: one for name, one in _named(model).items() if name in parts["first"]}
            unfinished.restore(optimiser, moved, parts, come.steps)
        return _Course(optimiser, rates, unfinished.generator_of(come, seed))

    def keep(
        self, state: Unfinished, reached: Reached, model: nn.Module, kept: Mapping[str, Tensor]
    ) -> None:
        """Write all that the next epoch depends on; weights without a gradient have no moments."""
        named = {name: one for name, one in _named(model).items() if one in self.optimiser.state}
        reached.steps = self.rates.last_epoch
        reached.order = self.generator.bit_generator.state
        moments = unfinished.moments(self.optimiser, named)
        now, best = _on_cpu(_copy(model)), _on_cpu(kept)
        state.write(reached, {"now": now, "best": best, **moments})


def repeat(
    trunk: Trunk,
    module: Encoder,
    head: Linear,
    learnt: Part,
    schedule: Schedule,
    epochs: int,
    seed: int,
    context: RungContext,
    state: Unfinished | None = None,
) -> Trained:
    """Train for the first `epochs` of a schedule, as many as an earlier training did best with.

    More rows take more steps an epoch. Nothing is validated, so there is no curve. `state` is as
    for `train`.
    """
    model = _model(trunk, module, head)
    course, reached, kept = _begun(model, schedule, len(learnt.rows), seed, context, state)
    finite, began = reached.best, time.monotonic()
    passes = _passes(
        trunk, module, head, learnt, schedule, epochs, seed, context, course, finite + 1
    )
    for passed in passes:
        if passed is None:
            break
        kept, finite = _copy(model), finite + 1
        if state is not None and time.monotonic() - began >= SPARED:
            reached.best, began = finite, time.monotonic()
            course.keep(state, reached, model, kept)
    if state is not None and reached.best:  # the weights alone: nothing goes on from here
        reached.best = finite
        state.write(reached, {"now": _on_cpu(kept), "best": {}, "first": {}, "second": {}})
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
    course: _Course,
    first: int = 1,
) -> Iterator[_Pass | None]:
    """The epochs of a schedule from `first` to `epochs`; None ends them if training diverges."""
    model = nn.ModuleList([module, head])
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser, rates, generator = course.optimiser, course.rates, course.generator
    for number in range(first, epochs + 1):
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
    module: nn.Module, head: nn.Module, schedule: Schedule, rows: int, done: int = 0
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    groups = [
        {"params": parameters, "lr": lr, "initial_lr": lr, "weight_decay": decay}
        for part, lr in ((module, schedule.learning_rate), (head, schedule.head_rate))
        for decay, parameters in _by_decay(part, schedule.regularisation.weight_decay)
    ]
    steps = schedule.epochs * math.ceil(rows / schedule.batch_size)
    warm = max(1, round(steps * WARM_UP))

    def share(step: int) -> float:
        return min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))

    optimiser = torch.optim.AdamW(groups, fused=True)
    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, share, done - 1)


def _by_decay(part: nn.Module, decay: float) -> Iterator[tuple[float, list[nn.Parameter]]]:
    trained = [parameter for parameter in part.parameters() if parameter.requires_grad]
    yield decay, [parameter for parameter in trained if parameter.ndim > 1]
    yield 0.0, [parameter for parameter in trained if parameter.ndim <= 1]


def _copy(model: nn.Module) -> dict[str, Tensor]:
    wanted = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    state = model.state_dict()
    return {name: state[name].detach().clone() for name in wanted}


def _on_cpu(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: one.detach().cpu().contiguous() for name, one in weights.items()}
