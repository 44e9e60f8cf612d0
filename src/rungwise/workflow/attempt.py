"""One attempt: fit, predict, measure, keep, and put on record."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from rungwise import plugins
from rungwise.cost.call import ENDPOINT
from rungwise.cost.measure import Meter
from rungwise.cost.versions import versions
from rungwise.data.folds import FOLDS
from rungwise.errors import DataError, ModelError
from rungwise.evaluation.field_scores import field_scores
from rungwise.evaluation.intervals import measure_all
from rungwise.evaluation.own_code import code_places, read_code
from rungwise.models.language.kept_batches import KeptBatches, forget
from rungwise.objects import digest_file, digest_json
from rungwise.plugins import kind_of
from rungwise.progress import Silent
from rungwise.protocols import (
    CHOSEN,
    ONCE,
    Backbone,
    Diagnosis,
    DiagnosisContext,
    Fitted,
    Rung,
    RungContext,
)
from rungwise.records import Evidence, Finding, Measured, Numbers, to_json
from rungwise.rules import OWN_ROOM, rules_of
from rungwise.table import Examples, Predictions
from rungwise.training.prompting.models import named
from rungwise.workflow import recall_goal
from rungwise.workflow.answer_time import answer_time
from rungwise.workflow.apart import apart
from rungwise.workflow.by_folds import CHOSEN_BY_FOLD, LEARNT_NOTHING, Answered, answer_by_folds
from rungwise.workflow.fold_rows import FoldRows
from rungwise.workflow.frameworks import load_frameworks
from rungwise.workflow.measured_rows import rows_of
from rungwise.workflow.scored_again import scoring
from rungwise.workflow.shown_answers import Shown, Shows
from rungwise.workflow.workspace import Workspace
from rungwise.workflow.wrong_answers import wrong_answers


def attempt_id(
    workspace: Workspace,
    name: str,
    configuration: Numbers,
    model: str,
    *,
    trains: bool,
    fold: bool | None = None,
) -> str:
    """Digest of all that decides an attempt's outcome; the same question has the same id.

    `fold` is as `attempt` has it: measured by folds and on validation alone are two questions.
    """
    task, folds = workspace.task, folds_of(workspace, name, model, fold)
    training = task.training.identifying(frozenset({"learning_rates", "general_share", "refit"}))
    if task.training.general_share:
        own = _own_file(workspace, task.data.general)
        training |= {"general_share": task.training.general_share, "general": own}
    if task.data.probe:  # more questions are put to what was tuned: it is measured anew
        training |= {"probe": _own_file(workspace, task.data.probe)}
    return digest_json(
        {
            "rung": name,
            "configuration": dict(configuration),
            "seed": task.policy.seed,
            "data": workspace.state.split.id if workspace.state.split else "",
            "model": model,
            "metric": task.task.metric,
            "training": training if trains else {"max_tokens": task.training.max_tokens},
            **_asked(workspace, model),
            **_copied(workspace, name, model),
            **_room(workspace, model, trains=trains),
            **_looked_up(workspace, name),
            "confidence": task.policy.confidence,
            **({"folds": folds.digest} if folds else {}),
            **recall_goal.identifying(workspace),
        }
    )


def counts(workspace: Workspace, evidence: Evidence, model: str) -> bool:
    """Whether an attempt was asked for under the settings in force now."""
    identity = attempt_id(
        workspace,
        evidence.rung,
        evidence.configuration,
        model,
        trains=evidence.trains,
        fold=True if evidence.goal.on == "folds" else None,
    )
    return evidence.id == identity


def folds_of(
    workspace: Workspace, name: str, model: str, fold: bool | None = None
) -> FoldRows | None:
    """The folds that a rung is measured by; None where the validation rows alone are asked.

    Folds cost a rung that trains layers about four fits more, so `fold` must ask for them; cheap
    rungs are always measured by them. A model behind an endpoint never is.
    """
    asked = plugins.load("rungs", name).step == "climb" if fold is None else fold
    return workspace.folds if asked and not model.startswith(ENDPOINT) else None


def _own_file(workspace: Workspace, own: str | None) -> str:
    """Digest of the user's own general examples, or "" for those that are shipped."""
    path = workspace.folder / (own or "")
    return digest_file(path) if path.is_file() else own or ""


def _asked(workspace: Workspace, model: str) -> Numbers:
    """What decides the outcome besides: code of the task, and how a language model is asked."""
    task = workspace.task
    name = named(task)
    places = code_places(task)
    if name is None or not model.startswith(f"{name}@"):
        return {"code": {one: read_code(one, workspace.folder).digest for one in places}} \
            if places else {}  # fmt: skip
    read = {one.name: one.definition for one in (workspace.metric, *workspace.beside)}
    return {
        "generation": task.generation.identifying(),
        "definitions": {name: digest for name, digest in read.items() if digest},
        "goal": task.task.goal,
        "evaluation_rows": task.policy.evaluation_rows,
    }


def _copied(workspace: Workspace, name: str, model: str) -> Numbers:
    """What decides the outcome besides, if texts are copied and no model is asked."""
    if not kind_of(workspace.task).sampled or model or name == "current":
        return {}
    return {"evaluation_rows": workspace.task.policy.evaluation_rows}


def _room(workspace: Workspace, model: str, *, trains: bool) -> Numbers:
    """By which rule the longest answer of a model that is not trained is set, if by one."""
    task = workspace.task
    asked = kind_of(task).writes and model and not trains
    if not asked or task.generation.max_tokens is not None:
        return {}
    return {"room": "written"} if rules_of(workspace.state.split) >= OWN_ROOM else {}


def _looked_up(workspace: Workspace, name: str) -> Numbers:
    """What decides the outcome besides, where answers are looked up."""
    if not getattr(plugins.load("rungs", name), "looks_up", False):
        return {}
    if (documents := workspace.documents) is None:
        return {}
    wish = workspace.task.retrieval
    return {
        "documents": documents.digest,
        "retrieval": wish.identifying(),
        "encoder": _digest(wish.encoder, workspace),
    }


def _digest(encoder: str | None, workspace: Workspace) -> str:
    """Of what embeds; "" where documents are searched by words alone."""
    try:
        if not encoder:
            return ""
        opened: Backbone = plugins.load("modalities", "text").open(encoder, workspace.folder)
        return opened.digest
    except ModelError:
        return ""


def attempt(
    workspace: Workspace,
    name: str,
    rung: Rung,
    configuration: Numbers,
    context: RungContext,
    model: str,
    *,
    fold: bool | None = None,
) -> Evidence:
    """Try one configuration of a rung on the split in force and record what came of it.

    Args:
        workspace: The task folder.
        name, rung: What is tried.
        configuration: What it is told.
        context: What it may know.
        model: Its base model, as `model_identity` has it.
        fold: Whether it is measured by folds where there are any; None: as it costs little.
    """
    split, policy = workspace.split, workspace.task.policy
    train, folds = Examples.of(workspace.part("train")), folds_of(workspace, name, model, fold)
    sampled = kind_of(workspace.task).sampled
    rows = workspace.measured() if sampled else workspace.part("validation")
    validation = Examples.of(rows)
    if rung.needs_model and not model.startswith(ENDPOINT):
        load_frameworks(context.progress)
    on: Measured
    by_fold: dict[str, Any]
    with Meter() as meter:
        fitted = rung.fit(configuration, policy.seed, train, validation, context)
        if workspace.show_answers and isinstance(fitted, Shows):
            fitted.shown = Shown(rows, workspace.show_answers, workspace.progress)
        began = time.perf_counter()
        predictions = own = fitted.predict(validation.inputs, workspace.progress)
        answering = time.perf_counter() - began
        answered = _by_folds(folds, fitted, rung, configuration, policy.seed, context)
    on, by_fold = "validation", {}
    if answered is not None and folds is not None:
        on, rows, predictions = "folds", folds.answered, answered.predictions
        by_fold = {CHOSEN_BY_FOLD: list(answered.chosen)}
        kept = None if rung.trains else fitted.predict(Examples.of(rows).inputs, Silent())
        if kept is not None and _same(kept, predictions, scores=workspace.metric.needs_scores):
            by_fold[LEARNT_NOTHING] = True
        if "prompt_tokens" not in fitted.details:  # which are counted over the validation rows
            answering *= len(rows) / len(validation)
    before, answered_before = done_before(fitted)
    answering += answered_before
    timed = answer_time(answering, len(rows), fitted, train, context, rung)
    details = {**fitted.details, **timed, **by_fold}
    if workspace.metric.definition:
        details["definition"] = workspace.metric.definition
    if not kind_of(workspace.task).labels:
        details["scoring"] = scoring(workspace)
        if fields := field_scores(rows["expected"], predictions.outputs):
            details["fields"] = [one.as_json() for one in fields]
    by = rows["fold"] if on == "folds" and LEARNT_NOTHING not in by_fold else None
    predictions, at_recall = recall_goal.decided(workspace, rows, predictions, by)
    details |= at_recall
    goal, metrics, per_class = measure_all(
        workspace.metric, rows["expected"], predictions, on, policy, workspace.beside, by
    )
    if rung.trains and kind_of(workspace.task).writes:
        from rungwise.training.language import general

        details |= general.of(fitted, context, name, goal.value)
    evidence = Evidence(
        id=attempt_id(workspace, name, configuration, model, trains=rung.trains, fold=fold),
        rung=name,
        height=rung.height,
        trains=rung.trains,
        configuration=configuration,
        seed=policy.seed,
        data=split.id,
        model=model,
        goal=goal,
        metrics=metrics,
        per_class=per_class,
        curve=fitted.curve,
        train_metric=fitted.train_metric,
        predictions=workspace.keep_predictions(predictions),
        prompts=workspace.keep_prompts(predictions),
        artefact=keep_model(workspace, fitted),
        seconds=meter.seconds + before,
        peak_mb=meter.peak_mb,
        versions=versions(),
        details=details,
        apart=apart(workspace, "validation", rows, predictions) if on == "validation" else None,
        own_answers=workspace.keep_predictions(own) if on == "folds" or at_recall else "",
    )
    workspace.record("attempt", to_json(evidence))
    forget(workspace.cache)
    return evidence


def done_before(fitted: Fitted) -> tuple[float, float]:
    """Seconds that an interrupted run spent on the attempt, in all and on its answers.

    What was kept of it takes no time now, and is no cheaper for that.
    """
    kept: KeptBatches | None = getattr(fitted, "kept", None)
    answers = kept.seconds if kept is not None else 0.0
    return float(getattr(fitted, "trained_before", 0.0)) + answers, answers


def _by_folds(
    folds: FoldRows | None,
    fitted: Fitted,
    rung: Rung,
    configuration: Numbers,
    seed: int,
    context: RungContext,
) -> Answered | None:
    """Out-of-fold answers; None, said aloud, if the rung cannot give any."""
    if folds is None:
        return None
    if rung.trains and CHOSEN not in fitted.details:
        context.progress.say("  It does not say what it chose: measured on validation alone.")
        return None
    chosen, once = fitted.details.get(CHOSEN, {}), fitted.details.get(ONCE, ())
    taken = {key: chosen[key] for key in once}
    known = (taken,) * FOLDS if taken.keys() == chosen.keys() else ()
    told = {**configuration, **taken}
    try:
        return answer_by_folds(folds, rung, told, seed, context, known)
    except DataError as error:  # answers that were read from a file
        context.progress.say(f"  Measured on validation alone: {error.fact}.")
        return None


def _same(one: Predictions, other: Predictions, *, scores: bool) -> bool:
    """Whether all answers are the same, and for a metric of `scores` the probabilities too."""
    if not one.outputs.equals(other.outputs) or not scores:
        return one.outputs.equals(other.outputs)
    if one.scores is None or other.scores is None:
        return one.scores is other.scores
    return bool(np.allclose(one.scores, other.scores, atol=1e-6))


def keep_model(workspace: Workspace, fitted: Fitted) -> str:
    """Store the fitted parts; returns their digest, the same for the same parts."""
    with tempfile.TemporaryDirectory(dir=workspace.hidden) as folder:
        fitted.save(Path(folder))
        return workspace.objects.put_folder(Path(folder))


def interpret(workspace: Workspace, evidence: Evidence) -> tuple[Finding, ...]:
    """Diagnose an attempt and group its failures (R32, R56), where that is not on record yet."""
    if evidence.id not in workspace.state.failures:
        groups = wrong_answers(workspace, evidence)
        workspace.record("failures", {"attempt": evidence.id, "groups": to_json(groups)})
    if evidence.id not in workspace.state.diagnoses:
        findings = diagnose(workspace, evidence)
        workspace.record("diagnosis", {"attempt": evidence.id, "findings": to_json(findings)})
    return workspace.state.diagnoses[evidence.id]


def diagnose(workspace: Workspace, evidence: Evidence) -> tuple[Finding, ...]:
    """Every diagnosis that holds, the headline first."""
    context = DiagnosisContext(
        attempt=evidence,
        attempts=workspace.attempts,
        policy=workspace.task.policy,
        target=workspace.task.task.target,
        greater=workspace.metric.greater,
        train_counts=_counts(workspace.part("train")),
        validation_counts=_counts(rows_of(workspace, evidence)),
        findings=workspace.state.findings,
        bounds=(workspace.metric.low, workspace.metric.high),
    )
    known: dict[str, Diagnosis] = plugins.load_all("diagnoses")
    readings = [known[name].read(context) for name in sorted(known, key=lambda n: known[n].rank)]
    return tuple(finding for finding in readings if finding is not None)


def same_answers(workspace: Workspace, evidence: Evidence, predictions: Predictions) -> None:
    """Check that a restored model answers as the evaluated one did.

    Rows without an answer, then or now, are left out; where answers are sampled, a difference is
    said and proves nothing.

    Raises:
        ModelError: It does not; what would be tested is not what was evaluated.
    """
    recorded = workspace.predictions(evidence.own_answers or evidence.predictions)
    differing = int(((recorded.outputs != predictions.outputs) & _answered(predictions)
                     & _answered(recorded)).sum())  # fmt: skip
    if differing and not evidence.details.get("greedy", True):
        workspace.progress.say(
            f"{differing:,} of {len(recorded):,} validation rows are answered otherwise than when "
            "they were measured: this model's answers are sampled."
        )
    elif differing:
        raise ModelError(
            f"The restored model of attempt {evidence.id[:8]} answers {differing} of "
            f"{len(recorded)} validation rows differently from the evaluated one",
            "Install the package versions recorded with the attempt (`rungwise log`).",
        )


def _answered(predictions: Predictions) -> pl.Series:
    """Which rows (n) have an answer, or were not asked for one in writing."""
    if predictions.written is None:
        return pl.repeat(True, len(predictions), eager=True)
    return predictions.written["ended"] != "unanswered"


def _counts(rows: pl.DataFrame) -> dict[str, int]:
    counted = rows["expected"].value_counts()
    return {str(label): int(count) for label, count in counted.iter_rows()}
