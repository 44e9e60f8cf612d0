"""What a project that an earlier version split keeps of its rules, and leaves when rows join it.

See `rungwise.rules`. What concerns only models that are asked is said only where one is.
"""

from __future__ import annotations

from rungwise.plugins import kind_of
from rungwise.rules import AS_STATED, DECIDED, SHOWN, rules_of
from rungwise.workflow.workspace import Workspace

MADE = "This project was split by an earlier version"


def kept(workspace: Workspace) -> str:
    """The rules that it keeps, in words; "" where they differ in nothing that concerns it."""
    before, told = rules_of(workspace.state.split), []
    if before < 2:
        told.append("on validation the value of what was trained decides, not its interval")
    if before < 3 and _asks(workspace):
        told.append("what a model writes that is not trained is cut where it was cut before")
    if 2 <= before < SHOWN and _labels(workspace):
        told.append("what the test rows can show does not count when an attempt is selected")
    if before < AS_STATED and workspace.task.training.states_rates:
        told.append("training.learning_rates are those of layers, and adapters learn faster")
    if before < DECIDED and _labels(workspace):
        told.append("the most probable label is answered, and no row goes to review")
    if not told:
        return ""
    return f"{MADE} and keeps its rules: {'; '.join(told)}. Splitting it anew takes today's rules."


def left(workspace: Workspace) -> str:
    """The rules that it takes with the rows that join; "" where they change nothing for it."""
    before, told = rules_of(workspace.state.split), []
    if before < 2:
        told += ["an interval decides", "few rows are measured by folds"]
    if before < 3 and _asks(workspace):
        told.append("a model that is not trained has room for what it writes")
    if 2 <= before < SHOWN and _labels(workspace):
        told.append("it counts what the test rows can show when an attempt is selected")
    if before < AS_STATED and workspace.task.training.states_rates:
        told.append("every rung takes training.learning_rates as written")
    if before < DECIDED and _labels(workspace):
        told.append("thresholds decide labels and reviews")
    if not told:
        return ""
    return f"{MADE}. With the rows that join it takes today's rules: {', and '.join(told)}."


def _labels(workspace: Workspace) -> bool:
    """Whether labels are given, so that `linear` and `frozen` are on the ladder."""
    return workspace.metric.of_texts is None


def _asks(workspace: Workspace) -> bool:
    """Whether a language model is asked."""
    task = workspace.task
    return kind_of(task).writes or task.language_model is not None
