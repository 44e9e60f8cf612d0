"""Tuning part of the network: the last blocks, adapters in them, or everything."""

from __future__ import annotations

import copy
import math
from dataclasses import asdict, dataclass, fields

import numpy as np

from rungwise.objects import digest_json
from rungwise.protocols import CHOSEN, ONCE, Encoded, RungContext
from rungwise.records import Numbers
from rungwise.table import Examples
from rungwise.task import Training
from rungwise.training import answers, classification, frozen, lora, machine
from rungwise.training.cache import Stored
from rungwise.training.change import Change
from rungwise.training.choice import FRESH, depths
from rungwise.training.classification import Schedule
from rungwise.training.classifier import Classifier
from rungwise.training.encoder import Encoder
from rungwise.training.heads import Linear
from rungwise.training.language.unfinished import Unfinished
from rungwise.training.loop import Trained
from rungwise.training.part import Part
from rungwise.training.regularisation import Regularisation
from rungwise.training.trunk import Trunk

AHEAD = 2 << 30
"""Bytes of activations that a pass may keep for boundaries that deeper attempts will ask for."""

SEEN = 1_000
"""Training rows that are answered to measure the fit, if there is no validation part."""
STEPS = 300
"""Optimiser steps that training is given where the task does not name the epochs…"""
FEWEST, MOST = 3, 10
"""… within these epochs."""


@dataclass(frozen=True)
class Wish:
    """What is to be tuned.

    Attributes:
        layers: How many blocks from the top; None for everything, word embeddings included.
        adapters: Whether low-rank adapters are trained in place of the weights.
        learning_rate: Of the layers, or of the adapters in them, at its highest.
        class_weights: None or `balanced` (R54).
        known: What an earlier training chose (`CHOSEN`): validation is then not read.
    """

    layers: int | None
    adapters: bool
    learning_rate: float
    class_weights: str | None
    known: Known | None = None


@dataclass(frozen=True)
class Known:
    """What a training chose by validation.

    Attributes:
        head_strength: Of the head that it started from.
        epochs: For how many epochs the learning rate was planned.
        best_epoch: After which of them the weights were best.
    """

    head_strength: float
    epochs: int
    best_epoch: int

    @staticmethod
    def of(configuration: Numbers) -> Known | None:
        """None if the configuration leaves the choice open."""
        if "best_epoch" not in configuration:
            return None
        return Known(*(configuration[field.name] for field in fields(Known)))


def tune(
    trunk: Trunk,
    wish: Wish,
    seed: int,
    train: Examples,
    validation: Examples,
    context: RungContext,
) -> Classifier:
    """Train a copy of what `wish` names, from the frozen rung's head on."""
    known = wish.known
    strength = known.head_strength if known else None
    started = frozen.fit(trunk, train, validation, context, wish.class_weights, strength)
    boundary = None if wish.layers is None else trunk.blocks - wish.layers
    learnt = _part(trunk, train, boundary, context)
    learnt = _weighted(learnt, wish.class_weights, context)
    module, head = _module(trunk, boundary), _trainable(started.head)
    with machine.chance(seed):
        tuner = lora.attach(module.network) if wish.adapters else None
    counts = _parameters(trunk, module, head)
    schedule = _schedule(len(learnt.rows), wish, seed, context)
    if known is None:
        held_out = _part(trunk, validation, boundary, context)
        state = _unfinished(trunk, wish, schedule, (train, validation), context)
        trained = classification.train(
            trunk, module, head, learnt, held_out, schedule, context, state
        )
    else:
        passes = known.best_epoch
        state = _unfinished(trunk, wish, schedule, (train,), context, apart=True)
        trained = classification.repeat(
            trunk, module, head, learnt, schedule, passes, context, state
        )
    name = trunk.backbone.name
    adapter = lora.detach(tuner, boundary or 0, name) if tuner else None
    module.requires_grad_(False).eval()
    # As many rows say as much as validation does.
    seen = learnt.sample(len(validation) or SEEN, seed)
    _, reached = classification.validate(trunk, module, head, seen, context)
    return Classifier(
        trunk=trunk,
        change=Change(boundary, module, adapter),
        head=head,
        classes=context.classes,
        curve=tuple(trained.reached.curve),
        train_metric=reached,
        trained_before=trained.seconds_before,
        details={
            "blocks": trunk.blocks,
            "epochs": schedule.epochs,
            "batch_size": schedule.batch_size,
            "patience": schedule.patience,
            **schedule.regularisation.changed(),
            "precision": str(machine.precision(trunk.device)).removeprefix("torch."),
            "best_epoch": trained.reached.best,
            "diverged": trained.diverged,
            "head_strength": started.details["strength"],
            **counts,
            CHOSEN: (chosen := asdict(_chosen(started, schedule, trained))),
            ONCE: [*chosen],
        },
    )


def passes(rows: int, layers: int, blocks: int, settings: Training) -> float:
    """How many passes of the whole network a configuration takes at most, in time.

    One embeds the rows; in every epoch the layers that are trained run forward and backward, which
    takes about three times as long as forward alone.
    """
    return 1 + 3 * _epochs(rows, settings) * layers / blocks


def _epochs(rows: int, settings: Training) -> int:
    wanted = math.ceil(STEPS / math.ceil(rows / settings.batch_size))
    return settings.epochs or min(max(wanted, FEWEST), MOST)


def _unfinished(
    trunk: Trunk,
    wish: Wish,
    schedule: Schedule,
    parts: tuple[Examples, ...],
    context: RungContext,
    *,
    apart: bool = False,
) -> Unfinished:
    """Where an interrupted training is kept, by all that decides it."""
    rows = [digest_json([*one.inputs.values, *map(str, one.expected)]) for one in parts]
    key = {"wish": asdict(wish), "schedule": asdict(schedule), "rows": rows,
           "model": trunk.backbone.digest, "classes": list(context.classes)}  # fmt: skip
    return Unfinished(context.cache, key, apart=apart)


def _chosen(started: Classifier, schedule: Schedule, trained: Trained) -> Known:
    return Known(started.details["strength"], schedule.epochs, trained.reached.best)


def _schedule(rows: int, wish: Wish, seed: int, context: RungContext) -> Schedule:
    """As the task says; epochs that it leaves open follow from the number of rows.

    Few rows need more epochs, or the weights hardly move (Mosbach, Andriushchenko & Klakow 2021,
    "On the Stability of Fine-tuning BERT").
    """
    settings = context.task.training
    epochs = wish.known.epochs if wish.known else _epochs(rows, settings)
    unsaid = all(attempt.details.get("epochs") != epochs for attempt in context.attempts)
    if wish.known is None and settings.epochs is None and unsaid:
        context.progress.say(
            f"training.epochs is not set: at most {epochs} for {rows:,} rows in batches of "
            f"{settings.batch_size}."
        )
    # The rate is at its highest in the first half, which may cost what the second half wins back.
    patience = settings.patience or max(2, epochs // 2)
    rate = wish.learning_rate
    head_rate = rate if wish.adapters else rate * FRESH
    return Schedule(
        epochs=epochs,
        batch_size=settings.batch_size,
        patience=patience,
        learning_rate=rate,
        head_rate=head_rate,
        seed=seed,
        greater=context.greater,
        metric=context.task.task.metric,
        regularisation=Regularisation.of(settings),
    )


def _part(trunk: Trunk, rows: Examples, boundary: int | None, context: RungContext) -> Part:
    encoded = trunk.encode(rows.inputs.values)
    labels = answers.indices(rows.expected, context.classes)
    if boundary is None:
        return Part(rows, encoded, labels)
    return Part(rows, _kept(trunk, encoded, boundary, context), labels)


def _kept(trunk: Trunk, encoded: Encoded, boundary: int, context: RungContext) -> Stored:
    boundaries = {trunk.blocks - depth for depth in depths(trunk.blocks)}
    size = int(np.sum(encoded.lengths)) * trunk.width * 4 * len(boundaries)
    also = boundaries if size <= AHEAD else ()
    return trunk.activations(encoded, boundary, context.progress, also)


def _weighted(part: Part, class_weights: str | None, context: RungContext) -> Part:
    weights = frozen.row_weights(part.labels, len(context.classes), class_weights)
    return Part(part.rows, part.source, part.labels, weights)


def _module(trunk: Trunk, boundary: int | None) -> Encoder:
    if boundary is None:
        return copy.deepcopy(trunk.encoder).requires_grad_(True)
    return trunk.upper(boundary)


def _trainable(head: object) -> Linear:
    assert isinstance(head, Linear), "the frozen rung fits a linear head"
    return head.requires_grad_(True)


def _parameters(trunk: Trunk, module: Encoder, head: Linear) -> Numbers:
    """What is trained against what there is (R50)."""
    trained = [p for part in (module, head) for p in part.parameters() if p.requires_grad]
    return {
        "trained_parameters": sum(p.numel() for p in trained),
        "parameters": sum(p.numel() for p in (*trunk.encoder.parameters(), *head.parameters())),
    }
