"""`climb`: up the ladder, cheapest rung first, until the target is reached (R29, R41–R49, C6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rungwise import plugins
from rungwise.attempt_forecast import Forecast
from rungwise.decisions.settling import FOLDED, USED_UP
from rungwise.errors import BudgetSpent, DataError, GateHolds, ModelError
from rungwise.evaluation.attempt_names import attempt_name, name_of
from rungwise.evaluation.standing import reaches
from rungwise.evaluation.wording import measured
from rungwise.plugins import kind_of
from rungwise.progress import Silent, Titled
from rungwise.protocols import Rung, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.reporting.wording import seconds as duration
from rungwise.table import Examples
from rungwise.training.choice import explained_rates
from rungwise.workflow import far_base, forecast, settle
from rungwise.workflow.answers_satisfy import answers_satisfy
from rungwise.workflow.attempt import attempt, attempt_id, counts, interpret
from rungwise.workflow.hours import keep_within
from rungwise.workflow.judge import judge, refusal, require, way_on
from rungwise.workflow.judging import require_trusted
from rungwise.workflow.rung_context import lacking, ladder, model_identity, rung_context
from rungwise.workflow.selecting import record_choice
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Climb:
    """Where a climb ended.

    Attributes:
        selected: The attempt that would be tested.
        reached: Whether its value reaches the target.
        attempts: Every attempt.
        settled: Whether the climb ended because it is known that the target is reached; else no
            rung was left, or no time for it.
    """

    selected: Evidence | None
    reached: bool
    attempts: tuple[Evidence, ...]
    settled: bool = False


def climb(
    workspace: Workspace,
    *,
    rungs: Sequence[str] = (),
    everything: bool = False,
    baseline: bool = False,
) -> Climb:
    """Try rung after rung; attempts that are on record already are not repeated.

    Args:
        workspace: The task folder.
        rungs: Only these rungs; a gate that holds before one of them is then an error.
        everything: Go on past the target, for comparison (R43).
        baseline: Only rungs that train nothing: the full audit reads their failures (C5).

    Raises:
        GateHolds: A gate holds before the climb, or before a rung that was asked for.
        TaskError: No right output can satisfy the task's schema, or the goal's judge is not
            trusted.
    """
    require(workspace, "climb")
    answers_satisfy(workspace)
    require_trusted(workspace)
    for unread in workspace.attempts:  # a killed run may have left one measured, not diagnosed
        interpret(workspace, unread)
    settle.fix_budget(workspace)  # nor the budget fixed that it asked for
    _skip_what_lacks_something(workspace)
    try:
        for name, rung in ladder(workspace, rungs):
            if baseline and rung.trains:
                continue
            free = everything or bool(rungs)
            if not free and not _wanted(workspace, rung):
                continue
            if not _permitted(workspace, name, rung, asked=name in rungs, everything=everything):
                continue
            if not free and rung.needs_model and far_base.is_due(workspace):
                far_base.ask(workspace)
            if not free and (why := far_base.why_not(workspace, rung)):
                _skip(workspace, name, why, aloud=False)
                continue
            _try(workspace, name, rung, everything=free)
    except BudgetSpent:
        record_choice(workspace)
        judge(workspace)
        raise
    except (ModelError, DataError):
        judge(workspace)  # what was measured until then is on record, and the gates say so
        raise
    record_choice(workspace)
    judge(workspace)
    best, target = workspace.selected, workspace.task.task.target
    reached = best is not None and reaches(best.goal.value, target, workspace.greater)
    return Climb(best, reached, workspace.attempts, settle.settled(workspace))


def import_predictions(workspace: Workspace, path: Path, name: str) -> None:
    """Put the predictions of the system in use today on record, as rung `current` (C2).

    Raises:
        DataError: They cannot be read, or not be measured: what is refused is not on record, where
            it would stop every climb that follows.
    """
    import polars as pl

    if not path.is_file():
        raise DataError(f"There is no file {path}", "Give the path of a CSV with id and label.")
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a readable CSV", "Write it as UTF-8 CSV.") from error
    if "label" not in frame.columns or not {"id", "input"} & set(frame.columns):
        raise DataError(
            f"{path} has the columns {', '.join(frame.columns)}",
            "It needs `label`, and `id` or `input` to say which row each answer belongs to.",
        )
    if workspace.state.split is not None:
        _check_answers(workspace, frame, name)
    digest = workspace.objects.put_file(path)
    if workspace.state.imports.get(name) != digest:
        workspace.record("import", {"name": name, "source": path.name, "object": digest})


def _check_answers(workspace: Workspace, answers: pl.DataFrame, name: str) -> None:
    context = replace(rung_context(workspace), imported={name: answers}, progress=Silent())
    # Answers to the validation rows are enough: where others are missing, folds are not asked.
    sampled = kind_of(workspace.task).sampled
    least = workspace.measured() if sampled else workspace.part("validation")
    train, validation = Examples.of(workspace.part("train")), Examples.of(least)
    current: Rung = plugins.load("rungs", "current")
    current.fit({"name": name}, workspace.task.policy.seed, train, validation, context)


def _skip_what_lacks_something(workspace: Workspace) -> None:
    """Put on record which rungs cannot apply here, so that none of them is said to remain."""
    for name, rung in ladder(workspace):
        if name not in workspace.state.skipped and (why := lacking(workspace, rung)):
            _skip(workspace, name, why, aloud=False)


def _permitted(
    workspace: Workspace, name: str, rung: Rung, *, asked: bool, everything: bool
) -> bool:
    if excuse := rung.excuse(rung_context(workspace)):
        _skip(workspace, name, excuse, aloud=asked)
        return False
    if rung.step == "climb":
        return True
    verdicts = judge(workspace, rung.step, comparison=everything)
    held = [verdict for verdict in verdicts if verdict.verdict == "hold"]
    if held and asked:
        raise GateHolds(refusal(held[0], f"rung {name}"), way_on(workspace, held[0], rung.step))
    if held:
        _skip(workspace, name, f"Gate {held[0].code}: {held[0].reason}")
    return not held


def _wanted(workspace: Workspace, rung: Rung) -> bool:
    """Whether a rung is still asked: nothing has settled it, or it is the reference (C8)."""
    return not settle.settled(workspace) and (
        not settle.cleared(workspace) or settle.reference(rung)
    )


@dataclass(frozen=True, slots=True)
class _Proposal:
    """The configuration that a rung tries next.

    Attributes:
        context: What the rung may know.
        model: Its base model, as `model_identity` has it.
        configuration: What it is told.
        rate: Which learning rate it is, as words behind the rung's name.
        fold: Whether it is measured by folds; None: as it costs little.
        seconds: Forecast: the first of a rung is for all that it plans; None if nothing tells.
        made: The forecast of this configuration alone.
        id: Of its attempt.
    """

    context: RungContext
    model: str
    configuration: Numbers
    rate: str
    fold: bool | None
    seconds: float | None
    made: Forecast | None
    id: str


def _try(workspace: Workspace, name: str, rung: Rung, *, everything: bool) -> None:
    progress, begun = workspace.progress, len(workspace.attempts)
    first: _Proposal | None = None
    while (proposal := _proposal(workspace, name, rung, first)) is not None:
        late = settle.no_time_for(workspace, name, rung, proposal.seconds)
        late = late or settle.cannot_settle(workspace, name, rung, fold=bool(proposal.fold))
        if late and not everything:
            progress.say(f"  {late}") if first else _skip(workspace, name, late)
            break
        keep_within(workspace, name, proposal.made, None if first else proposal.seconds)
        if first is None:
            first = proposal
            _announce(workspace, name, rung, first)
        _measure(workspace, name, rung, proposal)
        enough = _rates_enough(workspace, name, proposal.configuration)
        if not everything and settle.cleared(workspace) and enough:
            break
    if first is not None and rung.step != "climb" and first.seconds is not None:
        took = sum(one.seconds for one in workspace.attempts[begun:])
        progress.say(f"  {name} took {duration(took)}; {duration(first.seconds)} were forecast.")


def _proposal(
    workspace: Workspace, name: str, rung: Rung, first: _Proposal | None
) -> _Proposal | None:
    """What comes next; None if the rung has nothing more to try. `first` decides on folds."""
    context = rung_context(workspace)
    model = model_identity(workspace, rung)
    done = [a for a in workspace.attempts if a.rung == name and counts(workspace, a, model)]
    configuration = rung.propose(context, done)
    if configuration is None:
        return None
    planned = 1 if first else settle.planned(workspace, rung, len(done))
    asked = forecast.Question(name, rung, configuration, model)
    seconds = forecast.of_rung(workspace, asked, context, planned)
    fold = first.fold if first else settle.worth_folding(workspace, name, rung, seconds) or None
    if fold and seconds is not None:
        seconds *= FOLDED
    identity = attempt_id(workspace, name, configuration, model, trains=rung.trains, fold=fold)
    if any(one.id == identity for one in workspace.attempts):
        raise AssertionError(f"rung {name} proposed attempt {identity[:8]} twice")
    rate = _rate_of(configuration, done, len(workspace.task.training.learning_rates))
    made = forecast.forecast(workspace, replace(asked, fold=bool(fold)), context)
    return _Proposal(context, model, configuration, rate, fold, seconds, made, identity)


def _announce(workspace: Workspace, name: str, rung: Rung, first: _Proposal) -> None:
    """Say how a rung is measured and how long it will take."""
    say, seconds = workspace.progress.say, first.seconds
    if not first.fold and (why := settle.why_not_folded(workspace, name, rung, seconds)):
        say(why)
    if why := explained_rates(first.context, name, getattr(rung, "faster", 1.0)):
        say(why)
    if rung.step != "climb" and seconds is not None:
        say(f"Forecast for {name}: about {duration(seconds)}.")


def _measure(workspace: Workspace, name: str, rung: Rung, proposal: _Proposal) -> None:
    """One attempt with its diagnosis, each in one line."""
    progress, configuration, rate = workspace.progress, proposal.configuration, proposal.rate
    progress.say(f"Trying {name_of(name, configuration)}{rate} …")
    if proposal.made is not None:
        forecast.record(workspace, proposal.made, proposal.id)
    context = replace(proposal.context, progress=Titled(progress, f"{name}{rate}"))
    evidence = attempt(
        workspace, name, rung, configuration, context, proposal.model, fold=proposal.fold
    )
    findings = interpret(workspace, evidence)
    # The diagnosis of too few rows begins with the measurement that the line shows already.
    title = findings[0].title.removeprefix(f"{measured(evidence.goal)} ") if findings else ""
    told = line(evidence) + forecast.beside(workspace, evidence)
    progress.say(f"{told} — {title}" if title else told)
    settle.fix_budget(workspace)


def _rate_of(configuration: Numbers, done: Sequence[Evidence], rates: int) -> str:
    """Which of the learning rates is tried, among attempts that are else alike; "" without one."""
    if "learning_rate" not in configuration:
        return ""
    others = {key: value for key, value in configuration.items() if key != "learning_rate"}
    alike = [a for a in done if others.items() <= dict(a.configuration).items()]
    tried = len(alike) + 1
    return f", rate {tried} of {max(rates, tried)}"


def _rates_enough(workspace: Workspace, rung: str, configuration: Numbers) -> bool:
    """Whether a rung that reached the target was tried with enough learning rates (R48)."""
    if "learning_rate" not in configuration:
        return True
    tried = {a.configuration.get("learning_rate") for a in workspace.attempts if a.rung == rung}
    return len(tried) >= workspace.task.policy.learning_rates


def line(evidence: Evidence) -> str:
    """An attempt in one line, with its interval and what it was measured on (R11)."""
    return f"  {attempt_name(evidence)}: {measured(evidence.goal)}, {evidence.seconds:.1f} s"


def _skip(workspace: Workspace, rung: str, reason: str, *, aloud: bool = True) -> None:
    """Put on record why a rung is not tried, and say it unless nobody asked for it."""
    if workspace.state.skipped.get(rung) != reason:
        data = workspace.state.split.id if workspace.state.split else ""
        workspace.record("skipped", {"data": data, "rung": rung, "reason": reason})
    elif reason.startswith(("Gate ", USED_UP, settle.CANNOT)):
        return  # it was said when it was recorded
    if aloud:
        workspace.progress.say(f"  {rung} skipped: {reason}")
