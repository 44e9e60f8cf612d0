"""`rescore`: another metric of outputs that are kept, without a new run (R3, R65)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rungwise.errors import InputError, TaskError
from rungwise.evaluation.attempt_names import meant, named
from rungwise.evaluation.intervals import measure
from rungwise.evaluation.metrics import OF_ONE_CLASS, TEXTS, Metric
from rungwise.evaluation.paired import compare
from rungwise.evaluation.standing import baseline
from rungwise.ledger.kinds import Remeasured, Rescored
from rungwise.records import Evidence, to_json
from rungwise.workflow.by_folds import LEARNT_NOTHING
from rungwise.workflow.judging import calibrated, section, spent, usage
from rungwise.workflow.measured_rows import rows_of, shared
from rungwise.workflow.workspace import Workspace


def rescore(workspace: Workspace, name: str, asked: Sequence[str] = ()) -> Rescored:
    """Measure attempts of the split in force by another metric, and put that on record.

    Each is measured on the rows that it answered: those of the folds, or the validation rows.
    What was answered for other rows is left out. The best attempt that trains nothing is what the
    others are compared with, paired.

    Args:
        workspace: The task folder.
        name: The metric.
        asked: Ids or names of attempts; all that are on record if left out.

    Raises:
        TaskError: There is no such metric, or what it reads is absent.
        InputError: No attempt is on record.
        DataError: The metric cannot be computed on these outputs.
    """
    split = workspace.state.split
    if split is not None and not split.classes and OF_ONE_CLASS.fullmatch(name):
        raise TaskError(
            f"{name} is about one class, and this task has no classes: it compares texts",
            f"Known: {', '.join(TEXTS)}, regex[PATTERN].",
        )
    metric = workspace.named_metric(name)
    if split is None or not workspace.state.attempts:
        raise InputError("There is no attempt yet", "Measure some with `rungwise run`.")
    chosen = [meant(text, workspace.state.attempts) for text in asked]
    kept = [
        one
        for one in chosen or workspace.state.attempts
        if _same_rows(workspace, one) and _has(workspace, metric, one)
    ]
    if not kept:
        now = len(workspace.measured())
        raise InputError(
            f"No attempt kept what {name} needs of the {now:,} rows measured on now",
            "Measure some with `rungwise run`.",
        )
    reason = _untrusted(workspace) if name == "judge" else ""
    if reason:
        workspace.progress.say(f"Untrusted: {reason}.")
    before = usage(workspace.judge) if name == "judge" else {}
    reference = baseline(
        [one for one in workspace.attempts if one in kept], workspace.metric.greater
    )
    measured = [
        _measured(workspace, metric, one, reference)
        for one in workspace.progress.over(kept, name, len(kept))
    ]
    found = Rescored(
        data=split.id,
        metric=name,
        greater=metric.greater,
        definition=metric.definition,
        baseline=reference.id if reference else "",
        untrusted=reason,
        attempts=tuple(measured),
        cost=spent(workspace.judge, before) if name == "judge" else {},
    )
    for known in workspace.state.rescored:
        if replace(known, cost={}) == replace(found, cost={}):
            return known
    workspace.record("rescore", to_json(found))
    return found


def _same_rows(workspace: Workspace, attempt: Evidence) -> bool:
    rows = rows_of(workspace, attempt)
    return workspace.predictions(attempt.predictions).ids.equals(rows["id"])


def _has(workspace: Workspace, metric: Metric, attempt: Evidence) -> bool:
    """Whether an attempt kept what the metric needs."""
    if not metric.needs_scores or workspace.predictions(attempt.predictions).scores is not None:
        return True
    workspace.progress.say(f"{named(attempt)} is left out: {metric.name} needs probabilities.")
    return False


def _untrusted(workspace: Workspace) -> str:
    """Why the judge's numbers prove nothing; "" where people bear it out."""
    if section(workspace).calibration is None:
        return "The judge was not compared with people: `judge.calibration` names no sample"
    found = calibrated(workspace)
    return "" if found.trusted else found.reason


def _measured(
    workspace: Workspace, metric: Metric, attempt: Evidence, reference: Evidence | None
) -> Remeasured:
    policy, rows = workspace.task.policy, rows_of(workspace, attempt)
    predictions, on = workspace.predictions(attempt.predictions), attempt.goal.on
    fold = rows["fold"] if on == "folds" and LEARNT_NOTHING not in attempt.details else None
    value = measure(metric, rows["expected"], predictions, on, policy, fold)
    if reference is None or reference.id == attempt.id:
        return Remeasured(attempt.id, attempt.rung, value)
    both = shared(workspace, reference, attempt)
    gain = compare(metric, both.expected, both.first, both.second, policy, both.fold)
    return Remeasured(
        attempt.id, attempt.rung, value, gain.difference, gain.low, gain.high, gain.p_value
    )
