"""What an attempt will take, said and put on record before it begins, and compared afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rungwise.attempt_forecast import Forecast
from rungwise.cost.call import ENDPOINT, MILLION
from rungwise.decisions.forecast import (
    Speed,
    correction,
    error,
    of_tokens,
    of_what_was_done,
)
from rungwise.decisions.settling import FOLDED
from rungwise.percent import percent
from rungwise.plugins import kind_of
from rungwise.protocols import Rung, RungContext
from rungwise.records import Evidence, Numbers, to_json
from rungwise.reporting.wording import seconds as duration
from rungwise.table import Examples
from rungwise.workflow import far_base, settle
from rungwise.workflow.workspace import Workspace

SAID = 2.0
"""Seconds from which a forecast is worth a line."""


@dataclass(frozen=True, slots=True)
class Question:
    """One attempt that may be made.

    Attributes:
        name, rung: What is tried.
        configuration: What it is told.
        model: Its base model, as `model_identity` has it.
        fold: Whether it is measured by folds.
    """

    name: str
    rung: Rung
    configuration: Numbers
    model: str
    fold: bool = False


def forecast(workspace: Workspace, asked: Question, context: RungContext) -> Forecast | None:
    """What one attempt will take; None where nothing that was measured tells.

    Tokens tell where a language model is asked or tuned; else the nearest rung that was measured.
    """
    if _of_tokens(workspace, asked.rung):
        return _by_tokens(workspace, asked, context)
    seconds = settle.expected_seconds(workspace, asked.rung, asked.configuration, 1)
    if seconds is None:
        return None
    return _of(workspace, asked, seconds * (FOLDED if asked.fold else 1), None, {})


def of_rung(
    workspace: Workspace, asked: Question, context: RungContext, attempts: int
) -> float | None:
    """Seconds of all attempts that a rung plans.

    The first reads what is frozen for the others, and forecasts of tokens know that.
    """
    if not _of_tokens(workspace, asked.rung):
        seconds = settle.expected_seconds(workspace, asked.rung, asked.configuration, attempts)
        return None if seconds is None else seconds * (FOLDED if asked.fold else 1)
    first = _by_tokens(workspace, asked, context)
    if first is None or attempts < 2:
        return None if first is None else first.seconds
    again = _by_tokens(workspace, asked, context, first=False)
    return first.seconds + (attempts - 1) * (first if again is None else again).seconds


def record(workspace: Workspace, made: Forecast, identity: str) -> None:
    """Say it, and keep it in the ledger under the id of its attempt, unless it takes no time."""
    if made.seconds < SAID and not made.usd:
        return
    tokens, money = "", ""
    if "read" in made.numbers:
        read, written = made.numbers["read"], made.numbers["written"]
        tokens = f": about {_rounded(read)} tokens to read and {_rounded(written)} to write"
    if made.usd is not None:
        money = f", {_dollars(made.usd)}"
    workspace.progress.say(f"  Forecast: {duration(made.seconds)}{money}{tokens}{_spared(made)}.")
    workspace.record("forecast", to_json(Forecast(
        made.data, identity, made.rung, made.seconds, made.usd, made.numbers
    )))  # fmt: skip


def beside(workspace: Workspace, evidence: Evidence) -> str:
    """The forecast of an attempt and by how much it was off, to stand behind what it took.

    A share of less than a moment would be a large number that says nothing.
    """
    made = workspace.state.forecasts.get(evidence.id)
    if made is None:
        return ""
    if evidence.seconds < SAID:
        return f" ({duration(made.seconds)} forecast)"
    expected = of_what_was_done(made, evidence)
    epochs, trained = int(made.numbers.get("epochs", 0)), len(evidence.curve)
    part = f" for {trained} of {epochs} epochs" if trained < epochs else ""
    return (
        f" ({duration(expected)} forecast{part}, {percent(error(evidence.seconds, expected))} off)"
    )


def _spared(made: Forecast) -> str:
    """What a rate takes that is stopped after its first epoch, if it may be."""
    epochs = int(made.numbers.get("epochs", 0))
    if epochs < 2 or not made.numbers.get("may_stop"):
        return ""
    spared = (epochs - 1) * float(made.numbers["epoch_seconds"]) * made.numbers["correction"]
    return f"; {duration(made.seconds - spared)} if it is stopped after its first epoch"


def _of_tokens(workspace: Workspace, rung: Rung) -> bool:
    """Whether tokens are what an attempt consists of."""
    generates = kind_of(workspace.task).writes
    return rung.needs_model == "language" or (generates and bool(rung.needs_model))


def _by_tokens(
    workspace: Workspace, asked: Question, context: RungContext, *, first: bool = True
) -> Forecast | None:
    from rungwise.training.language import expected_work
    from rungwise.training.language.tuned import local
    from rungwise.training.prompting.models import language_model

    generates = kind_of(workspace.task).writes
    train = Examples.of(workspace.part("train"))
    rows = Examples.of(workspace.measured() if generates else workspace.part("validation"))
    model = language_model(context)
    same = [one for one in workspace.attempts if one.model == asked.model]
    done = [one for one in same if one.rung == asked.name]
    if asked.rung.trains and not first and not done:
        done = same[-1:]
    if asked.name == "prompt" and not _known(workspace, asked, train, context):
        return None  # a prompt that the model is still to propose
    found = expected_work.sizes(model, asked.configuration, train, rows, context)
    if asked.rung.trains:
        blocks = len(local(model).network.model.layers)
        parts = (len(train), len(rows))
        work = expected_work.training(
            found, asked.configuration, parts, blocks, context, done,
            whole_model=asked.rung.step == "full",
        )  # fmt: skip
    else:
        count = len(rows) + _rows_of_folds(workspace, asked)
        probe = far_base.probe_of(workspace)
        work = expected_work.asking(
            found, asked.configuration, count, context, done,
            None if probe is None else probe.output_tokens,
            piloted=_piloted(workspace, asked, train, done),
        )  # fmt: skip
    usd = _money(workspace, asked, work.asked, work.answers)
    if asked.model.startswith(ENDPOINT):
        last = next((one for one in reversed(same) if one.details.get("rows")), None)
        if last is None:
            return None if usd is None else _of(workspace, asked, 0.0, usd, {})
        seconds = last.seconds / last.details["rows"] * len(rows)
        return _of(workspace, asked, seconds, usd, {})
    speed = _speed(workspace, asked.model, model, found.prompts)
    kind = "trains" if asked.rung.trains else "asks"
    factor = correction(workspace.attempts, workspace.state.forecasts, kind, asked.model)
    seconds = factor * of_tokens(work.read, work.written, speed, work.steps)
    epochs, each = work.epochs, 0.0
    if epochs:
        in_epochs = (work.of_epochs, work.written_in_epochs, speed, work.steps_in_epochs)
        each = of_tokens(*in_epochs) / epochs
    return _of(workspace, asked, seconds, usd, {
        "kind": kind, "read": round(work.read), "written": round(work.written),
        "steps": round(work.steps), "longest": work.longest, "last_steps": work.last_steps,
        "answers": round(work.answers), "read_rate": speed.read, "write_rate": speed.write,
        "step_seconds": speed.step, "epochs": epochs, "epoch_seconds": each,
        "may_stop": bool(asked.rung.trains and done), "correction": factor,
    })  # fmt: skip


def _of(
    workspace: Workspace, asked: Question, seconds: float, usd: float | None, numbers: Numbers
) -> Forecast:
    split = workspace.state.split
    return Forecast(split.id if split else "", "", asked.name, seconds, usd, numbers)


def _known(workspace: Workspace, asked: Question, train: Examples, context: RungContext) -> bool:
    """Whether the prompt of an attempt can be counted before the model is asked for it."""
    from rungwise.training.prompting.instruction import instructions

    tried = {one.configuration.get("prompt") for one in workspace.attempts if one.rung == "prompt"}
    number = int(asked.configuration["prompt"])
    return number in tried or number < len(instructions(context.task, train.expected))


def _rows_of_folds(workspace: Workspace, asked: Question) -> int:
    """Rows that models of the folds answer besides."""
    cheap = asked.rung.step == "climb" and not asked.model.startswith(ENDPOINT)
    folds = workspace.folds
    return len(folds.answered) if folds is not None and (asked.fold or cheap) else 0


def _money(workspace: Workspace, asked: Question, read: float, written: float) -> float | None:
    """US dollars for tokens at the prices that the task states; None where it states none."""
    prices = workspace.task.endpoint
    if not asked.model.startswith(ENDPOINT) or prices.price_in is None:
        return None
    return (read * prices.price_in + written * (prices.price_out or 0.0)) / MILLION


def _piloted(
    workspace: Workspace, asked: Question, train: Examples, done: Sequence[Evidence]
) -> bool:
    """Whether the few rows that tell how long answers are were asked before, and are kept."""
    from rungwise.training.prompting.instruction import instructions

    if asked.configuration.get("selection") and done:
        return asked.name == "few_shot"  # whatever examples are shown, one pilot does
    probe = far_base.probe_of(workspace)
    if probe is None:
        return False
    if asked.name == "prompt":
        last = len(instructions(workspace.task, train.expected)) - 1
        return int(asked.configuration["prompt"]) == last
    return asked.name == "few_shot" and len(probe.ways) > 1


def _speed(
    workspace: Workspace, identity: str, model: object, prompts: tuple[tuple[int, ...], ...]
) -> Speed:
    """How fast the model reads and writes: on record, else measured on a few prompts."""
    from rungwise.models.language.local import LocalLanguageModel
    from rungwise.training.language import speed

    known = {one.id: one.model for one in workspace.attempts}
    for made in reversed(list(workspace.state.forecasts.values())):
        if "step_seconds" in made.numbers and known.get(made.attempt) == identity:
            return Speed.of(made.numbers)
    assert isinstance(model, LocalLanguageModel), "tokens of an endpoint are not ours to time"
    if identity not in _measured:
        found = _measured[identity] = Speed(*speed.measure(model, prompts))
        rows = min(len(prompts), speed.ROWS)
        together = rows / (found.step + rows / found.write)
        workspace.progress.say(
            f"{model.name} reads about {_rounded(found.read)} tokens a second here and writes "
            f"{_rounded(1 / found.step)} to one row, {_rounded(together)} to {rows} together."
        )
    return _measured[identity]


_measured: dict[str, Speed] = {}


def _rounded(count: float) -> str:
    """A number with two digits that count, such as 4,500."""
    digits = len(str(round(count)))
    return f"{round(count, 2 - digits) if digits > 2 else round(count):,.0f}"


def _dollars(usd: float) -> str:
    return f"${usd:.2f}" if usd >= 0.01 else "less than $0.01"
