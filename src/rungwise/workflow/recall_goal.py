"""A goal of recall chooses the threshold of its class, attempt by attempt (R54)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from rungwise.decision_rule import DecisionRule
from rungwise.evaluation.fold_interval import fold_interval
from rungwise.evaluation.metrics import find
from rungwise.evaluation.operating_point import Low, chosen_point, points
from rungwise.evaluation.proportions import wilson
from rungwise.evaluation.standing import PRECISION, RULE, at_recall
from rungwise.records import Evidence, Numbers, to_json
from rungwise.rules import DECIDED, rules_of
from rungwise.training import answers
from rungwise.workflow.review_threshold import places, warmth

if TYPE_CHECKING:
    from rungwise.table import Predictions
    from rungwise.workflow.workspace import Workspace


def label_of(workspace: Workspace) -> str:
    """The class whose recall is the goal; "" for other goals, and by earlier rules."""
    metric = workspace.metric
    if rules_of(workspace.state.split) < DECIDED or not metric.name.startswith("recall["):
        return ""
    return metric.label or ""


def identifying(workspace: Workspace) -> Numbers:
    """What decides an attempt's outcome besides: its threshold is chosen for this target."""
    if not label_of(workspace):
        return {}
    goal = workspace.task.task
    return {"recall": {"target": goal.target, PRECISION: goal.precision}}


def decided(
    workspace: Workspace, rows: pl.DataFrame, given: Predictions, fold: pl.Series | None
) -> tuple[Predictions, Numbers]:
    """The answers at the threshold of the goal, and what an attempt remembers of it.

    Args:
        workspace: The task folder.
        rows: Measured rows, with `expected` (n).
        given: Answers to them (n); without probabilities they stay as they are.
        fold: The fold of each row (n), if each fold was answered by another model.
    """
    label = label_of(workspace)
    if not label:
        return given, {}
    goal, level = workspace.task.task, workspace.task.policy.confidence
    as_given = {RULE: to_json(DecisionRule()), PRECISION: goal.precision}
    if given.scores is None or label not in given.classes:
        met = workspace.metric.value(rows["expected"], given) >= goal.target
        return given, as_given | {"point": {"met": met}}
    scaling = DecisionRule(temperature=warmth(given, places(rows["expected"], given.classes)))
    probability = scaling.calibrated(given.scores)[:, given.classes.index(label)]
    positive = (rows["expected"] == label).to_numpy()
    low = _low(label, level, None if fold is None else fold.n_unique())
    found = chosen_point(points(probability, positive, low), goal.target, goal.precision)
    if found is None:  # no row is of the class
        return given, as_given | {"point": {"met": False}}
    rule = replace(scaling, label=label, least=found.least)
    made = answers.by_rule(given, rule)
    told = {RULE: to_json(rule), PRECISION: goal.precision, "point": to_json(found)}
    told["point"]["met"] = found.recall >= goal.target
    return replace(made, scores=given.scores, review=None), told


def by_own_rule(attempt: Evidence, given: Predictions) -> Predictions:
    """Answers at the threshold that an attempt chose; as they are if it chose none."""
    if not at_recall(attempt):
        return given
    return answers.by_rule(given, DecisionRule(**attempt.details[RULE]))


def _low(label: str, level: float, folds: int | None) -> Low:
    def low(kind: str, right: int, rows: int) -> float:
        ends = wilson(right, rows, level)
        if folds is not None:
            ends = fold_interval(find(f"{kind}[{label}]"), right / rows, *ends, folds)
        return ends[0]

    return low
