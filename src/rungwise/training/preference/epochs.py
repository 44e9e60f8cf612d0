"""Direct preference optimisation in epochs, of which the goal's metric chooses one.

Rafailov et al. 2023, "Direct Preference Optimization: Your Language Model is Secretly a Reward
Model". The reference is what the model found of each pair before: it is asked once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Progress, Quiet
from rungwise.training import loop, machine
from rungwise.training.language import losses, packing
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.blocks import rows_apart
from rungwise.training.language.live import Live
from rungwise.training.language.loop import Judged
from rungwise.training.language.losses import PACK
from rungwise.training.language.memory import checkpointed
from rungwise.training.language.unfinished import Unfinished
from rungwise.training.loop import Lesson, Schedule, Trained, Validated, groups
from rungwise.training.preference.likelihood import Likelihood, Sides, likelihood, of_reference
from rungwise.training.preference.pairs import Pairs

BETA = 0.1
"""How dear it is to leave the reference, as in the paper."""
PAIRS = 8
"""Pairs a step."""


@dataclass(frozen=True)
class Task:
    """What is to be learnt.

    Attributes:
        learnt, held_out: Pairs to learn from, and to take the loss on.
        start: Names what training starts from.
        cache: Where what is frozen is kept.
        schedule: How long and how fast.
    """

    learnt: Pairs
    held_out: Pairs
    start: str
    cache: Path
    schedule: Schedule


@dataclass(frozen=True)
class Learnt:
    """What the best epoch left, and what was found of the held-out pairs.

    Attributes:
        trained: Weights, curve and best epoch.
        before, after: By the reference, and at the end.
    """

    trained: Trained
    before: Likelihood
    after: Likelihood


def learn(
    model: LocalLanguageModel,
    method: Adapters,
    tensors: Mapping[str, Tensor] | None,
    task: Task,
    judge: Callable[[Progress], Judged],
    state: Unfinished,
    progress: Progress,
) -> Learnt:
    """Train; the model is left as it was.

    Args:
        model: In evaluation mode, so without dropout.
        method: What is trained.
        tensors: What it starts with; None for fresh adapters, which change nothing yet.
        task: From what, how long, how fast.
        judge: Says how good the model is now.
        state: Where an interrupted training is kept, and found.
        progress: Where to report.

    Raises:
        ModelError: No gradient reaches what should be trained.
    """
    schedule = task.schedule
    with machine.chance(schedule.seed), method.attached(model, tensors) as live:
        read, sides = (
            Sides.read_once(part, model, live.boundary, task.cache, progress)
            for part in (task.learnt, task.held_out)
        )
        about = (task.start, task.cache, progress)
        reference = of_reference(model, live, read, *about)
        before = of_reference(model, live, sides, *about)
        again = checkpointed(model.network, live, int(task.learnt.lengths.max()))

        def validate(title: str) -> Validated:
            now = likelihood(model, live, sides)
            judged = judge(Quiet(progress, title))
            held_out = pair_losses(*map(torch.from_numpy, (now.margins, before.margins)))
            return Validated(float(held_out.mean()), judged.value, judged.ended)

        lesson = Lesson(
            live,
            groups(live.weights, schedule.learning_rate, schedule.regularisation.weight_decay),
            model.network,
            task.learnt.lengths,
            lambda pairs: (backward(model, live, read, reference, pairs, again), 1),
            each_epoch=True,
        )
        trained = loop.train(lesson, schedule, progress, state, validate)
        live.lay(trained.tensors)
        after = likelihood(model, live, sides)
        return Learnt(replace(trained, checkpointed=again), before, after)


def pair_losses(margins: Tensor, reference: Tensor) -> Tensor:
    """Loss of each pair in nats (equation 7 of the paper) (n).

    Args:
        margins: Log-probability of the chosen answer minus that of the rejected one (n).
        reference: The same before training (n).
    """
    return -functional.logsigmoid(BETA * (margins - reference))


def backward(
    model: LocalLanguageModel,
    live: Live,
    sides: Sides,
    reference: Likelihood,
    batch: NDArray[np.int64],
    again: bool = False,
) -> float:
    """Add the gradients of the mean loss of some pairs; returns that loss.

    Args:
        model: With what is trained in place.
        live: What is trained.
        sides: Both answers of every pair.
        reference: What the model found of every pair before.
        batch: Places of the pairs.
        again: Whether blocks are computed a second time for their gradients.
    """
    total, both = 0.0, (sides.chosen, sides.rejected)
    lengths = sum(side.rows.lengths for side in both)
    with rows_apart(model.network):
        for part in packing.packs(batch, np.asarray(lengths), PACK):
            # A block that is computed a second time needs the same attention then.
            longest = max(losses.positions(live, side, part) for side in both)
            with machine.kernels(model.network.device, longest):
                chosen, rejected = (
                    _log_probabilities(
                        losses.of_tokens(model, live, side, part, again), side.rows.learnt[part]
                    )
                    for side in both
                )
                known = torch.from_numpy(reference.margins[part]).to(chosen)
                loss = pair_losses(chosen - rejected, known).sum() / len(batch)
                torch.autograd.backward(loss)
            total += float(loss.detach())
    return total


def _log_probabilities(token_losses: Tensor, lengths: NDArray[np.int64]) -> Tensor:
    """Of whole answers (n), from the loss of each of their tokens."""
    return -torch.stack([one.sum() for one in torch.split(token_losses, lengths.tolist())])
