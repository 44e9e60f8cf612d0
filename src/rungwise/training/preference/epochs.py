"""Epochs over pairs, of which the one is kept that the goal's metric likes best."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Progress, Quiet
from rungwise.records import Epoch
from rungwise.training import machine
from rungwise.training.batches import shuffled
from rungwise.training.epoch_line import epoch_line
from rungwise.training.language import loop, unfinished
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.memory import checkpointed
from rungwise.training.language.unfinished import Reached, Unfinished
from rungwise.training.preference.likelihood import Likelihood, Sides, likelihood, of_reference
from rungwise.training.preference.pairs import Pairs
from rungwise.training.preference.trainer import BETA, PAIRS, Steps, Trainer


@dataclass(frozen=True)
class Task:
    """What is to be learnt, and how long and how fast.

    Attributes:
        learnt, held_out: Pairs to learn from, and to take the loss on.
        start: Names what training starts from.
        epochs: At most.
        patience: Epochs without improvement before stopping.
        learning_rate: At its highest.
        seed: Of the adapters, where they start fresh, and of the order of pairs.
        greater: Whether a larger metric is better.
        cache: Where what is frozen is kept.
        weight_decay: Of matrices.
        metric: Name of the goal's metric.
    """

    learnt: Pairs
    held_out: Pairs
    start: str
    epochs: int
    patience: int
    learning_rate: float
    seed: int
    greater: bool
    cache: Path
    weight_decay: float
    metric: str = "the metric"


@dataclass(frozen=True)
class Learnt:
    """What the best epoch left, and the way there.

    Attributes:
        tensors: By name.
        reached: Curve and best epoch.
        diverged: Whether the loss or a gradient was no longer a number.
        checkpointed: Whether blocks were computed a second time for their gradients.
        before, after: What was found of the held-out pairs, by the reference and at the end.
        seconds_before: Of the epochs that an interrupted run had done.
    """

    tensors: Mapping[str, Tensor]
    reached: Reached
    diverged: bool
    checkpointed: bool
    before: Likelihood
    after: Likelihood
    seconds_before: float = 0.0


def learn(
    model: LocalLanguageModel,
    method: Adapters,
    tensors: Mapping[str, Tensor] | None,
    task: Task,
    judge: Callable[[Progress], loop.Judged],
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
    with (
        machine.chance(task.seed),
        method.attached(model, tensors) as live,
        tempfile.TemporaryDirectory() as folder,
    ):
        read, sides = (
            Sides.read_once(part, model, live.boundary, task.cache, progress)
            for part in (task.learnt, task.held_out)
        )
        about = (task.start, task.cache, progress)
        reference = of_reference(model, live, read, *about)
        before = of_reference(model, live, sides, *about)
        optimiser = torch.optim.AdamW(loop.groups(live, task.weight_decay), lr=task.learning_rate)
        reached, kept = Reached(), live.tensors()
        if (found := state.read()) is not None:
            reached, parts = found
            live.lay(parts["now"])
            kept = parts["best"]
            unfinished.restore(optimiser, live.named, parts, reached.steps)
            progress.say(f"  going on after epoch {len(reached.curve)}, where it was interrupted")
        done = sum(epoch.seconds for epoch in reached.curve)
        again = checkpointed(model.network, live, int(task.learnt.lengths.max()))
        trainer = Trainer(
            model,
            live.boundary,
            task.learnt,
            read,
            reference,
            optimiser,
            task.seed,
            again,
            Path(folder),
        )
        generator, diverged = unfinished.generator_of(reached, task.seed), False
        while len(reached.curve) < task.epochs and _worth_it(reached, task.patience):
            began = time.perf_counter()
            steps = _epoch(trainer, task, reached, generator, progress)
            if steps is None:
                diverged = True
                break
            now = likelihood(model, live, sides)
            title = f"epoch {len(reached.curve) + 1} of {task.epochs}"
            judged = judge(Quiet(progress, title))
            _measure(reached, steps, loss(now, before), judged, began)
            progress.say(epoch_line(reached.curve, task.epochs, task.metric))
            loop.note_best(reached, task.greater)
            if reached.best == len(reached.curve):
                kept = live.tensors()
            reached.order = generator.bit_generator.state
            moments = unfinished.moments(optimiser, live.named)
            state.write(reached, {"now": live.tensors(), "best": kept, **moments})
        live.lay(kept)
        after = likelihood(model, live, sides)
        return Learnt(kept, reached, diverged, again, before, after, done)


def loss(now: Likelihood, reference: Likelihood) -> float:
    """Mean loss of pairs in nats (equation 7 of the paper)."""
    return float(np.logaddexp(0, -BETA * (now.margins - reference.margins)).mean())


def _epoch(
    trainer: Trainer,
    task: Task,
    reached: Reached,
    generator: np.random.Generator,
    progress: Progress,
) -> Steps | None:
    order = np.concatenate(list(shuffled(task.learnt.lengths, PAIRS, generator)))
    each = -(-len(order) // PAIRS)
    first = reached.steps

    def rate(step: int) -> float:
        return task.learning_rate * loop.share(first + step, task.epochs * each)

    title = f"epoch {len(reached.curve) + 1} of {task.epochs}"
    steps = trainer.epoch(order, rate, title, progress)
    reached.steps += each
    return steps


def _measure(
    reached: Reached, steps: Steps, held_out: float, judged: loop.Judged, began: float
) -> None:
    """Put one epoch on the curve."""
    reached.curve.append(
        Epoch(
            number=len(reached.curve) + 1,
            train_loss=steps.loss,
            validation_loss=held_out,
            validation_metric=judged.value,
            learning_rate=max(steps.rates),
            gradient_norm=float(np.mean(steps.norms)),
            seconds=time.perf_counter() - began,
        )
    )
    reached.ended.append(judged.ended)


def _worth_it(reached: Reached, patience: int) -> bool:
    return not reached.best or len(reached.curve) - reached.best < patience
