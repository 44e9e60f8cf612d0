"""Attempts whose texts were scored by an earlier rule, or another tokenizer: scored again.

Their answers are on record, so the same rule holds for all attempts that are compared.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from rungwise.evaluation.intervals import measure_all
from rungwise.evaluation.metrics import TEXTS, Metric
from rungwise.records import Evidence

if TYPE_CHECKING:
    from rungwise.workflow.workspace import Workspace


def text_metrics(workspace: Workspace) -> dict[str, Metric]:
    """Every metric that texts of this task are measured by, by name."""
    return {one.name: one for one in (*TEXTS.values(), *workspace.beside, workspace.metric)}


def scoring(workspace: Workspace) -> dict[str, str]:
    """Metric → how it scores rows, for what an attempt keeps on record."""
    found = text_metrics(workspace)
    return {name: metric.scoring for name, metric in found.items() if metric.scoring}


def scored_again(workspace: Workspace, attempt: Evidence) -> Evidence:
    """An attempt as today's rules score it: itself, unless a value differs."""
    now, then = scoring(workspace), attempt.details.get("scoring", {})
    recorded = {one.metric: one.value for one in (attempt.goal, *attempt.metrics)}
    changed = [name for name in recorded if now.get(name, "") != then.get(name, "")]
    if not changed:
        return attempt
    rows, predictions = workspace.measured(), workspace.predictions(attempt.predictions)
    if not predictions.ids.equals(rows["id"]):
        return attempt  # of other rows, and compared with none of these
    metrics, expected = text_metrics(workspace), rows["expected"]
    if all(
        math.isclose(metrics[name].value(expected, predictions), recorded[name], abs_tol=1e-12)
        for name in changed
    ):
        return attempt
    goal, others, by_class = measure_all(
        workspace.metric, expected, predictions, "validation", workspace.task.policy,
        workspace.beside,
    )  # fmt: skip
    if goal.value != attempt.goal.value:
        workspace.progress.say(
            f"{attempt.rung} ({attempt.id[:8]}) was scored by another rule of {goal.metric} "
            f"({attempt.goal.value:.4f}): from the same answers it has {goal.value:.4f} now."
        )
    return replace(attempt, goal=goal, metrics=others, per_class=by_class)
