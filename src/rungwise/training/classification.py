"""Training a classifier from kept activations, judged by the goal's metric on validation.

The head starts from the one that was fitted to frozen features, so that a random head does not tear
at pretrained features first (Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features and
Underperform Out-of-Distribution").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from rungwise.protocols import RungContext
from rungwise.training import answers, loop, machine
from rungwise.training.encoder import Encoder
from rungwise.training.heads import Linear
from rungwise.training.language.live import Live
from rungwise.training.language.unfinished import Unfinished
from rungwise.training.loop import Lesson, Trained, Validated, groups
from rungwise.training.part import Part
from rungwise.training.trunk import Trunk

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Schedule(loop.Schedule):
    """The schedule of the module, with the highest rate of the head."""

    head_rate: float


def train(
    trunk: Trunk,
    module: Encoder,
    head: Linear,
    learnt: Part,
    held_out: Part,
    schedule: Schedule,
    context: RungContext,
    state: Unfinished | None = None,
) -> Trained:
    """Train what requires gradients in `module`, and the head; leave the best epoch's weights.

    Args:
        trunk: What lies below the module.
        module, head: What is trained.
        learnt, held_out: Rows to learn from, and to judge epochs by.
        schedule: How long and how fast.
        context: Of the attempt.
        state: Where an interrupted training is kept, and found.
    """

    def validated(_: str) -> Validated:
        return Validated(*validate(trunk, module, head, held_out, context))

    lesson = _lesson(trunk, module, head, learnt, schedule, context)
    return _left(lesson, loop.train(lesson, schedule, context.progress, state, validated))


def repeat(
    trunk: Trunk,
    module: Encoder,
    head: Linear,
    learnt: Part,
    schedule: Schedule,
    epochs: int,
    context: RungContext,
    state: Unfinished | None = None,
) -> Trained:
    """Train for the first `epochs` of a schedule, as many as an earlier training did best with.

    More rows take more steps an epoch. Nothing is validated, so there is no curve. Other arguments
    are as for `train`.
    """
    lesson = _lesson(trunk, module, head, learnt, schedule, context)
    return _left(lesson, loop.train(lesson, schedule, context.progress, state, epochs=epochs))


def _left(lesson: Lesson, trained: Trained) -> Trained:
    lesson.live.lay(trained.tensors)
    lesson.network.requires_grad_(False)
    return trained


def _lesson(
    trunk: Trunk,
    module: Encoder,
    head: Linear,
    part: Part,
    schedule: Schedule,
    context: RungContext,
) -> Lesson:
    model = nn.ModuleList([module, head]).to(trunk.device).eval()
    dropout, decay = schedule.regularisation.dropout, schedule.regularisation.weight_decay
    scores = np.empty((len(part.rows), len(context.classes)), np.float32)

    def backward(rows: NDArray[np.int64]) -> tuple[float, float]:
        values, mask = trunk.tensors(part.source, rows)
        with machine.products(trunk.device, values.shape[1]):
            embedded = module(values, mask)
        logits = head(functional.dropout(embedded.float(), dropout, training=dropout > 0))
        labels = part.labels[rows].to(trunk.device)
        losses = functional.cross_entropy(logits, labels, reduction="none")
        weights = 1.0 if part.weights is None else part.weights[rows].to(trunk.device)
        torch.autograd.backward((losses * weights).mean())
        scores[rows] = logits.detach().softmax(-1).cpu().numpy()
        return losses.sum().item(), len(rows)

    def score() -> float:
        return context.score(
            part.rows.expected, answers.of(part.rows.inputs.ids, scores, context.classes)
        )

    return Lesson(
        Live({name: one for name, one in model.named_parameters() if one.requires_grad}),
        groups(module.parameters(), schedule.learning_rate, decay)
        + groups(head.parameters(), schedule.head_rate, decay),
        model,
        part.source.lengths,
        backward,
        score,
    )


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
