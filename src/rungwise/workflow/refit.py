"""Before the test: the selected attempt is trained once more, on train and validation together.

What is tested is then what is shipped, and it has learnt from every row but those of the test. The
settings are those that the attempt chose, or that its folds agreed on, so nothing is chosen here,
and nothing is measured: the refit is an attempt of its own that is never selected by score.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import polars as pl

from rungwise import plugins
from rungwise.cost.measure import Meter
from rungwise.cost.versions import versions
from rungwise.data.folds import half_of
from rungwise.evaluation.learning_curve import KEY, LearningCurve
from rungwise.evaluation.paired import compare
from rungwise.evaluation.wording import counted
from rungwise.models.language.kept_batches import forget
from rungwise.objects import digest_json
from rungwise.protocols import CHOSEN, Rung, RungContext
from rungwise.records import Evidence, Numbers, to_json
from rungwise.rules import rules_of
from rungwise.table import Examples
from rungwise.workflow.attempt import keep_model
from rungwise.workflow.by_folds import CHOSEN_BY_FOLD, agreed, answer_by_folds, fit_chosen
from rungwise.workflow.measured_rows import kept_rows
from rungwise.workflow.recall_goal import by_own_rule
from rungwise.workflow.recorded_spans import AUDIT, IN_OUTPUT, recorded_spans, redactor
from rungwise.workflow.rung_context import rung_context
from rungwise.workflow.workspace import Workspace

TEXTS: dict[Literal["input", "expected"], str] = {"input": "", "expected": IN_OUTPUT}
"""Columns that may hold personal values, and how the codes of their findings end."""


def refitted(workspace: Workspace, selected: Evidence, *, curve: bool = True) -> Evidence | None:
    """The selected attempt, trained once more; found on record if that was done before.

    Returns None if the task leaves it out (`training.refit`), if the data was split under earlier
    rules, or if there is nothing to train: a rung that learns from no row gives the same model
    again, and one without `CHOSEN` cannot do without validation rows.

    Args:
        workspace: The task folder.
        selected: The attempt.
        curve: Whether it is measured, too, what the last rows brought: half of them are learnt
            alone.
    """
    if not workspace.task.training.refit or rules_of(workspace.state.split) < 2:
        return None
    if (known := workspace.state.refit(selected.id)) is not None:
        return known
    say = workspace.progress.say
    if reason := why_not(workspace, selected):
        say(reason)
    if CHOSEN not in selected.details:
        return None
    rung: Rung = plugins.load("rungs", selected.rung, workspace.task.task.kind)
    context = rung_context(workspace)
    rows = pl.concat([workspace.part("train"), _without_personal(workspace)])
    by_fold = selected.details.get(CHOSEN_BY_FOLD)
    chosen = agreed(by_fold) if by_fold and rung.trains else selected.details[CHOSEN]
    configuration = {**selected.configuration, **chosen}
    say(
        f"{selected.rung} is fitted once more, to the {len(rows):,} rows of train and validation, "
        "with the settings that it chose …"
    )
    with Meter() as meter:
        fitted = fit_chosen(rung, configuration, selected.seed, rows, context)
        artefact = keep_model(workspace, fitted)
    if artefact == selected.artefact:
        say("  It learns from no row, so nothing changes.")
        return None
    if fitted.details.get("diverged") and not selected.details.get("diverged"):
        say("  With these rows training diverges: the attempt is tested as it was measured.")
        return None
    details = dict(fitted.details)
    if curve:
        found = _curve(workspace, selected, rung, configuration, len(rows), context)
        say(f"  What the last rows brought: {found.sentence()}.")
        details[KEY] = to_json(found)
    answered = fitted.predict(Examples.of(kept_rows(workspace)).inputs, workspace.progress)
    evidence = replace(
        selected,
        id=digest_json({"refit_of": selected.id}),
        curve=fitted.curve,
        train_metric=fitted.train_metric,
        artefact=artefact,
        seconds=meter.seconds,
        peak_mb=meter.peak_mb,
        versions=versions(),
        details=details,
        own_answers=workspace.keep_predictions(answered),
        refit_of=selected.id,
    )
    workspace.record("attempt", to_json(evidence))
    forget(workspace.cache)
    return evidence


def why_not(workspace: Workspace, selected: Evidence) -> str:
    """Why what learnt from rows is tested without those of validation; "" if it is fitted again."""
    if not workspace.task.training.refit or rules_of(workspace.state.split) < 2:
        return ""
    if CHOSEN in selected.details:
        return ""
    as_measured = f"{selected.rung} is tested as it was measured, without the validation rows"
    if selected.trains:
        return f"{as_measured}: it does not say what it chose by them."
    if selected.configuration.get("shots"):
        return f"{as_measured}: other examples would make another prompt, which nobody measured."
    return ""


def _without_personal(workspace: Workspace) -> pl.DataFrame:
    """The validation rows as they may be learnt from.

    They are measured on as they are, so a curation leaves them. A kind of personal value that was
    redacted in train, or that no training row holds, is redacted in them here: else the release
    would know what the training part does not (R18).
    """
    rows, found = workspace.part("validation"), recorded_spans(workspace)
    in_train = found.join(workspace.part("train").select("id"), on="id", how="semi")
    curation = workspace.state.curation
    accepted = {
        step.origin.removeprefix(AUDIT)
        for step in (curation.chain if curation else ())
        if step.action in ("redact", "relabel") and step.origin.startswith(AUDIT)
    }
    for column, ending in TEXTS.items():
        here = pl.col("column") == column
        kinds = set(found.filter(here)["kind"]) - set(in_train.filter(here)["kind"])
        kinds |= {
            code.removesuffix(IN_OUTPUT)
            for code in accepted
            if code.endswith(IN_OUTPUT) == bool(ending)
        }
        if not kinds:
            continue
        texts = redactor(workspace).cells(rows, column, only=kinds)
        if changed := int((texts != rows[column]).fill_null(value=False).sum()):
            workspace.progress.say(
                f"In {counted(changed, 'validation row')} personal values "
                f"({', '.join(sorted(kinds))}) are redacted before they are learnt, as no training "
                "row holds them."
            )
        rows = rows.with_columns(texts.alias(column))
    return rows


def _curve(
    workspace: Workspace,
    selected: Evidence,
    rung: Rung,
    configuration: Numbers,
    refitted_rows: int,
    context: RungContext,
) -> LearningCurve:
    """What the second half of the training rows brought.

    An attempt that was measured by folds is compared with models of half the other folds; where
    layers are trained, which takes long, on the validation rows alone.
    """
    metric, seed = workspace.metric, selected.seed
    train, validation = workspace.part("train"), kept_rows(workspace)
    folds, chosen = workspace.folds, selected.details.get(CHOSEN_BY_FOLD)
    if folds is not None and chosen is not None and rung.step == "climb":
        known, plain = tuple(chosen), selected.configuration
        before = answer_by_folds(folds, rung, plain, seed, context, known, half=True).predictions
        before = by_own_rule(selected, before)
        after, rows = workspace.predictions(selected.predictions), folds.answered
        learnt = [folds.others(fold) for fold in rows["fold"].unique()]
        halves = [half_of(some, context.classes, seed) for some in learnt]
        # on average: with forward folds the later learn from more
        full = sum(map(len, learnt)) // len(learnt)
        half = sum(map(len, halves)) // len(halves)  # more than half where classes are tiny
    else:
        some = half_of(train, context.classes, seed)
        context.progress.say(
            f"  {len(some):,} of the {len(train):,} rows of train are learnt alone, to see what "
            "the other half brings …"
        )
        fitted = fit_chosen(rung, configuration, seed, some, context)
        before = fitted.predict(Examples.of(validation).inputs, workspace.progress)
        after = workspace.predictions(selected.own_answers or selected.predictions)
        before, after = (by_own_rule(selected, one) for one in (before, after))
        rows, half, full = validation, len(some), len(train)
    expected, fold = rows["expected"], rows["fold"] if "fold" in rows.columns else None
    values = metric.value(expected, before), metric.value(expected, after)
    found = compare(metric, expected, before, after, workspace.task.policy, fold)
    return LearningCurve(
        metric.name, half, full, *values, found.difference, found.low, found.high, found.rows,
        "validation" if fold is None else "folds", refitted_rows,
    )  # fmt: skip
