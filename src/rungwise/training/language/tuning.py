"""One attempt at tuning a language model: rows are counted and coded, then trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields

import polars as pl

from rungwise.conversation import Conversation
from rungwise.errors import ModelError
from rungwise.models.language.local import LocalLanguageModel
from rungwise.objects import digest_json
from rungwise.percent import percent
from rungwise.progress import Progress, Quiet
from rungwise.protocols import CHOSEN, RungContext
from rungwise.records import Numbers
from rungwise.table import Examples, Inputs
from rungwise.training import machine
from rungwise.training.cache import Cache
from rungwise.training.language import footprint, loop, rivals
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.blocks import kept
from rungwise.training.language.live import Method, size, stored_bytes
from rungwise.training.language.losses import Read
from rungwise.training.language.mixing import mixed
from rungwise.training.language.supervised import Supervised, stop_token, supervised
from rungwise.training.language.tuned import Tuned, local
from rungwise.training.language.unfinished import Unfinished
from rungwise.training.loop import Trained
from rungwise.training.prompting.instruction import tried
from rungwise.training.prompting.models import language_model
from rungwise.training.prompting.prompted import (
    Asked,
    Prompted,
    answer_schema,
)
from rungwise.training.prompting.room import longest_answer
from rungwise.training.regularisation import SETTINGS, Regularisation
from rungwise.training.retrieval.passages import Passages, told_to_read

EPOCHS = 3
JUDGED = 48
"""Validation rows that an epoch is judged on; the attempt is measured on all."""
ENDING = 0.9
"""Share of answers that end by themselves below which it is said aloud."""


@dataclass(frozen=True)
class Wish:
    """What is to be tuned.

    Attributes:
        rung: Name of the rung that asks.
        configuration: `learning_rate` and `prompt`, and what the rung itself reads.
        method: Makes what is trained, from what is asked.
        boundary: Blocks that are computed once; None where none are frozen below all trained.
        footprint: Whether its memory is measured against that of full tuning (R50).
        model: Opens the weights that are trained beside; None for the task's own.
        passages: What is put before each question, where answers are looked up.
    """

    rung: str
    configuration: Numbers
    method: Callable[[Prompted], Method]
    boundary: int | None = None
    footprint: bool = False
    model: LocalLanguageModel | None = None
    passages: Passages | None = None


@dataclass(frozen=True)
class Known:
    """What a training found by validation.

    Attributes:
        epochs: For how many epochs the learning rate was planned.
        best_epoch: After which of them the weights were best.
        max_tokens: Longest answer.
    """

    epochs: int
    best_epoch: int
    max_tokens: int

    @staticmethod
    def of(configuration: Numbers) -> Known | None:
        """None if the configuration leaves it open."""
        if "best_epoch" not in configuration:
            return None
        return Known(*(configuration[field.name] for field in fields(Known)))


def tune(
    wish: Wish, seed: int, train: Examples, validation: Examples, context: RungContext
) -> Tuned:
    """Count what is too long, read what is frozen once, train, and keep the best epoch.

    With the best epoch known, training ends after it and no validation row is read.

    Raises:
        ModelError: Every row is too long; see `loop.train`.
    """
    model = wish.model or local(language_model(context))
    prompted = asking(wish, seed, train, context, model)
    general = mixed(context, len(train), seed)
    learnt = _coded(prompted, model, train, context, *general)
    known = Known.of(wish.configuration)
    epochs = known.epochs if known else context.task.training.epochs or EPOCHS
    held_back = Regularisation.of(context.task.training)
    told: Numbers = {**prompted.details, "epochs": epochs, **held_back.changed()}
    method, plan = wish.method(prompted), _plan(wish, seed, told, model, context)
    read = _read(learnt, model, wish, context)
    if known:
        state = _unfinished(wish, seed, model, [learnt], told, context, apart=True)
        result = loop.repeat(model, method, read, plan, known.best_epoch, context.progress, state)
        told = {**told, **_about(result, model, learnt), CHOSEN: asdict(known)}
    else:
        held_out = _coded(prompted, model, validation, context)
        judge = judging(prompted, validation, context)
        before = _before(prompted, judge, context)
        state = _unfinished(wish, seed, model, [learnt, held_out], told, context)
        result = loop.train(
            model, method, read, _read(held_out, model, wish, context), plan, judge,
            context.progress, state,
        )  # fmt: skip
        judged = _judged(result, learnt, held_out, before, prompted.asked.max_tokens, epochs)
        told = {**told, **judged, **_about(result, model, learnt)}
        _say(told, context)
    tuned = Tuned(prompted, result.tensors, method, context.cache)
    tuned.trained_before = result.seconds_before
    tuned.curve, tuned.details = tuple(result.reached.curve), told
    measured = any(footprint.KEY in one.details for one in context.attempts)
    if isinstance(method, Adapters) and wish.footprint and not measured:
        found = footprint.measure(model, method, read, context.progress)
        tuned.details = {**told, **({footprint.KEY: found} if found else {})}
    return tuned


def asking(
    wish: Wish, seed: int, train: Examples, context: RungContext, model: LocalLanguageModel
) -> Prompted:
    """How the model is asked while it is tuned and afterwards."""
    number = int(wish.configuration["prompt"])
    system = tried(number, context.task, train.expected, context.attempts)
    if wish.passages is not None:
        system = told_to_read(system)
    known = Known.of(wish.configuration)
    longest = known.max_tokens if known else longest_answer(context, train.expected, model)
    asked = Asked(
        system, None, 0, longest, seed, answer_schema(context),
        context.task.generation.chat_template,
    )  # fmt: skip
    none = pl.DataFrame(schema={"input": pl.String, "expected": pl.String})
    return Prompted(model, asked, none, passages=wish.passages)


def _coded(
    prompted: Prompted,
    model: LocalLanguageModel,
    part: Examples,
    context: RungContext,
    asked: Sequence[Conversation] = (),
    told: Sequence[str] = (),
) -> Supervised:
    """Token ids, of what is asked besides too; what is too long is said before training."""
    prompts = [*prompted.prompts(part.inputs.values), *asked]
    rows = supervised(model, prompts, [*part.expected.to_list(), *told], model.context)
    if not rows.ids:
        raise ModelError(
            f"All {len(part):,} rows are longer than the {model.context:,} tokens that "
            f"{model.name} reads; the longest has {rows.longest:,}",
            "Shorten the inputs, or name a model that reads more.",
        )
    if rows.left_out:
        context.progress.say(
            f"{rows.left_out:,} of {len(part):,} rows are longer than the {model.context:,} "
            f"tokens that the model reads, the longest has {rows.longest:,}: nothing is learnt "
            "from them."
        )
    return rows


def _read(rows: Supervised, model: LocalLanguageModel, wish: Wish, context: RungContext) -> Read:
    if not wish.boundary:
        return Read(rows)
    cache = Cache(context.cache / "language")
    found = kept(model.network, model.digest, rows, wish.boundary, cache, context.progress)
    return Read(rows, found)


def judging(
    prompted: Prompted, validation: Examples, context: RungContext
) -> Callable[[Progress], loop.Judged]:
    """Says how good the model is now, by what it writes for a few validation rows."""
    few = Inputs(validation.inputs.ids[:JUDGED], validation.inputs.values[:JUDGED])

    def judge(progress: Progress) -> loop.Judged:
        predictions = prompted.predict(few, progress)
        value = context.score(validation.expected[:JUDGED], predictions)
        return loop.Judged(value, 1 - prompted.details["cut"] / len(few))

    return judge


def _before(
    prompted: Prompted, judge: Callable[[Progress], loop.Judged], context: RungContext
) -> float:
    """Share of answers that ended by themselves untuned: on record, else asked for."""
    for one in context.attempts:
        if one.details.get("system") != prompted.asked.system:
            continue
        if "ended" in one.details:
            return float(one.details["ended"]["before"])
        if one.rung == "prompt" and one.details.get("max_tokens") == prompted.asked.max_tokens:
            return float(1 - one.details["cut"] / one.details["rows"])
    return judge(Quiet(context.progress, "untuned")).ended


def _unfinished(
    wish: Wish,
    seed: int,
    model: LocalLanguageModel,
    parts: list[Supervised],
    told: Numbers,
    context: RungContext,
    *,
    apart: bool = False,
) -> Unfinished:
    key = {
        "rung": wish.rung,
        "configuration": dict(wish.configuration),
        "seed": seed,
        "model": model.digest,
        "rows": [digest_json(rows.ids) for rows in parts],
        "told": {key: told[key] for key in ("epochs", "max_tokens", *SETTINGS) if key in told},
        "metric": context.task.task.metric,
        "patience": context.task.training.patience,
    }
    return Unfinished(context.cache, key, apart=apart)


def _plan(
    wish: Wish, seed: int, told: Numbers, model: LocalLanguageModel, context: RungContext
) -> loop.Plan:
    epochs = told["epochs"]
    identity = f"{model.name}@{model.digest}"
    return loop.Plan(
        epochs=epochs,
        patience=context.task.training.patience or max(2, epochs // 2),
        learning_rate=float(wish.configuration["learning_rate"]),
        seed=seed,
        greater=context.greater,
        judged=JUDGED,
        rivals=rivals.of(context, wish.rung, wish.configuration, identity, told),
        level=context.task.policy.confidence,
        metric=context.task.task.metric,
        regularisation=Regularisation.of(context.task.training),
    )


def _about(result: Trained, model: LocalLanguageModel, learnt: Supervised) -> Numbers:
    """What should be remembered: sizes (R50), what was left out, and how it went."""
    return {
        "best_epoch": result.reached.best,
        "diverged": result.diverged,
        "trained_parameters": size(result.tensors),
        "parameters": sum(one.numel() for one in model.network.parameters()),
        "stored_bytes": stored_bytes(result.tensors),
        "precision": str(machine.precision(model.network.device)).removeprefix("torch."),
        "checkpointed": result.checkpointed,
        "left_out": learnt.left_out,
        "positions": int(learnt.lengths.sum()),
        "learnt_positions": int(learnt.learnt.sum()),
        "stop_token": model.tokenizer.convert_ids_to_tokens(stop_token(model)),
    }


def _judged(
    result: Trained,
    learnt: Supervised,
    held_out: Supervised,
    before: float,
    max_tokens: int,
    epochs: int,
) -> Numbers:
    """What validation said, and with it what another training need not ask."""
    best = result.reached.best
    return {
        "stopped": result.beaten,
        "left_out_validation": held_out.left_out,
        "longest": max(learnt.longest, held_out.longest),
        "ended": {"before": before, "after": _after(result)},
        rivals.LOSSES: result.reached.row_losses,
        **({CHOSEN: asdict(Known(epochs, best, max_tokens))} if best else {}),
    }


def _after(result: Trained) -> float | None:
    """Share of judged answers that ended by themselves at the best epoch."""
    reached = result.reached
    return reached.ended[reached.best - 1] if reached.best else None


def _say(told: Numbers, context: RungContext) -> None:
    if (stopped := told["stopped"]) is not None:
        context.progress.say(
            f"  stopped after epoch {stopped['epoch']}: the rate {stopped['by']:g} has a loss "
            f"lower by {stopped['loss_difference']:.3f} nats on the same rows, at least "
            f"{stopped['low']:.3f}."
        )
    before, after = told["ended"]["before"], told["ended"]["after"]
    if after is not None and after < ENDING:
        context.progress.say(
            f"  only {percent(after)} of the judged answers end by themselves, {percent(before)} "
            f"before: "
            "the others are cut. Look at the longest answers, or raise generation.max_tokens."
        )
