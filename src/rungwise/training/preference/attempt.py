"""One attempt at preference tuning: pairs are counted and coded, learnt from, and asked about."""

from __future__ import annotations

from rungwise.errors import ModelError
from rungwise.evaluation.preferred import preferred
from rungwise.models.language.local import LocalLanguageModel
from rungwise.objects import digest_json
from rungwise.percent import estimate
from rungwise.protocols import RungContext
from rungwise.records import Numbers
from rungwise.table import Examples
from rungwise.training import machine
from rungwise.training.language import tuning
from rungwise.training.language.live import size, stored_bytes
from rungwise.training.language.supervised import stop_token
from rungwise.training.language.tuned import Tuned, local
from rungwise.training.language.tuning import EPOCHS, Wish
from rungwise.training.language.unfinished import Unfinished
from rungwise.training.loop import Schedule
from rungwise.training.preference import start
from rungwise.training.preference.epochs import BETA, PAIRS, Learnt, Task, learn
from rungwise.training.preference.pairs import Pairs, pairs
from rungwise.training.prompting.models import language_model
from rungwise.training.prompting.prompted import Prompted
from rungwise.training.regularisation import Regularisation

RUNG = "preference"


def tune(
    configuration: Numbers,
    seed: int,
    train: Examples,
    validation: Examples,
    context: RungContext,
) -> Tuned:
    """Learn from pairs, keep the best epoch, and count the held-out pairs that it agrees with.

    Args:
        configuration: `start`, `layers`, `learning_rate` and `prompt`.
        seed: Of the adapters and the order of pairs.
        train, validation: Their expected answers are the chosen ones.
        context: Its model is tuned; it reads the rejected answers.

    Raises:
        ModelError: No pair is left; see `supervised.stop_token` and `epochs.learn`.
    """
    model = local(language_model(context))
    method, tensors = start.adapters(configuration, context)
    wish = Wish(RUNG, configuration, lambda _: method)
    prompted = tuning.asking(wish, seed, train, context, model)
    learnt, held_out = (_coded(model, prompted, part, context) for part in (train, validation))
    _say_start(configuration, learnt, held_out, context)
    epochs = context.task.training.epochs or EPOCHS
    task = Task(
        learnt=learnt,
        held_out=held_out,
        start=configuration["start"],
        cache=context.cache,
        schedule=Schedule(
            epochs=epochs,
            batch_size=PAIRS,
            patience=context.task.training.patience or max(2, epochs // 2),
            learning_rate=float(configuration["learning_rate"]),
            seed=seed,
            greater=context.greater,
            metric=context.task.task.metric,
            regularisation=Regularisation(context.task.training.weight_decay),
        ),
    )
    state = Unfinished(context.cache, _key(task, model, configuration, prompted, context))
    judge = tuning.judging(prompted, validation, context)
    result = learn(model, method, tensors, task, judge, state, context.progress)
    trained = result.trained
    tuned = Tuned(prompted, trained.tensors, method, context.cache)
    tuned.trained_before = trained.seconds_before
    tuned.curve = tuple(trained.reached.curve)
    level = context.task.policy.confidence
    tuned.details = {**prompted.details, "epochs": epochs, **_about(result, model, task, level)}
    _say(tuned.details["preference"], context)
    return tuned


def _coded(
    model: LocalLanguageModel, prompted: Prompted, part: Examples, context: RungContext
) -> Pairs:
    found = pairs(model, prompted, part, context.preferences().of(part.inputs.ids))
    if not len(found):
        raise ModelError(
            f"None of {len(part):,} rows is a pair that fits the {model.context:,} tokens that "
            f"{model.name} reads; the longest pair has {found.longest:,}",
            "Shorten the inputs, or name a model that reads more.",
        )
    return found


def _say_start(
    configuration: Numbers, learnt: Pairs, held_out: Pairs, context: RungContext
) -> None:
    """What is learnt from and what it starts from, before anything is trained."""
    say, begun = context.progress.say, configuration["start"]
    say(
        f"  {len(learnt):,} pairs to learn from, {len(held_out):,} held out; starting from "
        + ("the model as it is." if begun == start.BASE else f"the adapters of attempt {begun}.")
    )
    for part, told in (("training", learnt), ("validation", held_out)):
        if told.unpaired:
            say(f"  {told.unpaired:,} {part} rows have no second answer that differs: left out.")
        if told.too_long:
            say(
                f"  {told.too_long:,} {part} pairs are longer than the model reads, the longest "
                f"has {told.longest:,} tokens: left out, none is cut."
            )
    if context.task.training.general_share:
        say("  `training.general_share` is not used here: general examples are no pairs.")
    if context.task.training.dropout:
        say("  `training.dropout` is not used here: pairs are compared without dropout.")


def _key(
    task: Task,
    model: LocalLanguageModel,
    configuration: Numbers,
    prompted: Prompted,
    context: RungContext,
) -> Numbers:
    return {
        "rung": RUNG,
        "configuration": dict(configuration),
        "seed": task.schedule.seed,
        "model": model.digest,
        "pairs": [
            digest_json([side.ids for side in part.sides]) for part in (task.learnt, task.held_out)
        ],
        "epochs": task.schedule.epochs,
        "patience": task.schedule.patience,
        "max_tokens": prompted.asked.max_tokens,
        "metric": context.task.task.metric,
    }


def _about(result: Learnt, model: LocalLanguageModel, task: Task, level: float) -> Numbers:
    """What should be remembered: sizes (R50), what was left out, and what is preferred."""
    held_out, learnt, trained = task.held_out, task.learnt, result.trained
    agreed = preferred(
        result.after.margins,
        result.before.margins,
        held_out.chosen.learnt,
        held_out.rejected.learnt,
        level,
    )
    return {
        "best_epoch": trained.reached.best,
        "diverged": trained.diverged,
        "beta": BETA,
        "trained_parameters": size(trained.tensors),
        "parameters": sum(one.numel() for one in model.network.parameters()),
        "stored_bytes": stored_bytes(trained.tensors),
        "precision": str(machine.precision(model.network.device)).removeprefix("torch."),
        "checkpointed": trained.checkpointed,
        "train_pairs": len(learnt),
        "unpaired": learnt.unpaired,
        "left_out": learnt.too_long,
        "left_out_validation": held_out.too_long,
        "longest": max(learnt.longest, held_out.longest),
        "stop_token": model.tokenizer.convert_ids_to_tokens(stop_token(model)),
        RUNG: agreed,
    }


def _say(told: Numbers, context: RungContext) -> None:
    tuned, before, short = (
        told[key] for key in ("tuned", "reference", "tuned_where_chosen_is_shorter")
    )
    context.progress.say(
        f"  the chosen answer is preferred in {_shown(tuned)} of {told['pairs']:,} validation "
        f"pairs by implicit reward, by the untuned probability in {_shown(before)}"
        + (f"; where it is the shorter one in {_shown(short)} of {short['rows']:,}." if
           short["rows"] else ".")
    )  # fmt: skip


def _shown(share: Numbers) -> str:
    return estimate(share["value"], share["low"], share["high"])
