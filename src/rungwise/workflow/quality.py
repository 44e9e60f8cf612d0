"""`curate --compare`: what the curation is worth, in the user's own numbers (R15)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rungwise import plugins
from rungwise.errors import TaskError
from rungwise.evaluation.paired import Comparison
from rungwise.evaluation.paired import compare as paired
from rungwise.evaluation.shared_rows import shared_rows
from rungwise.protocols import Rung
from rungwise.records import Evidence
from rungwise.table import Predictions
from rungwise.workflow.attempt import attempt, attempt_id, interpret
from rungwise.workflow.data_version import at
from rungwise.workflow.judge import require
from rungwise.workflow.measured_rows import rows_of
from rungwise.workflow.rung_context import model_identity, rung_context
from rungwise.workflow.workspace import Workspace

RUNG = "frozen"


@dataclass(frozen=True, slots=True)
class Quality:
    """The frozen rung on the rows as they were divided, and on the curated ones.

    Attributes:
        raw: Attempt on the split; its own numbers are on the rows before any relabelling.
        curated: Attempt on the version in force.
        comparison: What `curated` gains on the same measured rows, labels as curated.
        rows: Training rows before and after.
    """

    raw: Evidence
    curated: Evidence
    comparison: Comparison
    rows: tuple[int, int]


def quality(workspace: Workspace) -> Quality:
    """Train the frozen rung on raw and on curated data, unless that is on record already.

    Raises:
        TaskError: Nothing was curated, or the rung does not serve this task.
        GateHolds: A gate holds before the climb on the curated data.
    """
    split = workspace.state.split
    if split is None or workspace.state.curation is None:
        raise TaskError(
            "Nothing was curated yet", "Apply decisions first: `rungwise curate --decisions FILE`."
        )
    require(workspace, "climb")
    before = at(workspace, split.division)
    if any(finding.severity == "block" for finding in before.state.findings):
        workspace.progress.say(
            "An audit blocks the data as it was divided: its number may flatter it."
        )
    curated, raw = _frozen(workspace), _frozen(before)
    old = before.state.split
    assert old is not None, "the split is on record"
    merged = dict(split.numbers.get("merged", {}))
    rows = shared_rows(
        rows_of(workspace, curated),
        _renamed(before.predictions(raw.predictions), merged, split.classes),
        workspace.predictions(curated.predictions),
        folded=raw.goal.on == curated.goal.on == "folds",
    )
    policy = workspace.task.policy
    found = paired(workspace.metric, rows.expected, rows.first, rows.second, policy, rows.fold)
    return Quality(raw, curated, found, (old.rows["train"], split.rows["train"]))


def _frozen(workspace: Workspace) -> Evidence:
    rung: Rung = plugins.load("rungs", RUNG)
    if not plugins.serves(rung, workspace.task):
        raise TaskError(f"The rung {RUNG} does not serve this task", "Compare by hand.")
    context = rung_context(workspace)
    configuration = rung.propose(context, []) or {}
    model = model_identity(workspace, rung)
    wanted = attempt_id(workspace, RUNG, configuration, model, trains=rung.trains)
    found = next((one for one in workspace.attempts if one.id == wanted), None)
    if found is None:
        found = attempt(workspace, RUNG, rung, configuration, context, model)
        interpret(workspace, found)
    return found


def _renamed(
    predictions: Predictions, merged: dict[str, str], classes: tuple[str, ...]
) -> Predictions:
    """Answers in the labels that are left; probabilities of merged classes are added up."""
    if not merged:
        return predictions
    outputs = predictions.outputs.replace(list(merged), list(merged.values()))
    scores = None
    if predictions.scores is not None:
        scores = np.zeros((len(predictions), len(classes)), np.float32)
        for place, label in enumerate(predictions.classes):
            scores[:, classes.index(merged.get(label, label))] += predictions.scores[:, place]
    return Predictions(predictions.ids, outputs, scores, classes)
