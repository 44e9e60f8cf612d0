"""The monitoring plan of a task: nothing is released before operations has confirmed it (R75, R78).

`init` writes sensible values, which nobody has decided. They count once somebody in operations has
confirmed the tolerated drop by name; a changed plan is confirmed again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rungwise.errors import GateHolds, TaskError
from rungwise.evaluation.metrics import Metric
from rungwise.ledger.kinds import MonitoringConfirmed
from rungwise.monitoring_section import Monitoring
from rungwise.progress import Progress
from rungwise.records import to_json
from rungwise.rules import PLANNED, rules_of
from rungwise.task import Task
from rungwise.workflow.workspace import Workspace

SHARE = 0.03
"""The tolerated drop that `init` writes: a share of the metric's range, or of the target."""
OPTION = "--confirm-monitoring NAME"
WRITE = (
    "Write `monitoring: {drop: 0.03, weekly_rows: 100, refresh_weeks: 13}` there, with the drop "
    "that operations tolerates."
)


def with_monitoring(task: Task, metric: Metric, progress: Progress) -> Task:
    """The task with a plan whose values are all written out, and said."""
    plan = task.monitoring or Monitoring()
    if "drop" not in plan.model_fields_set:
        plan = plan.model_copy(update={"drop": _drop(metric, task.task.target)})
    progress.say(
        f"{described(plan, metric.name)} `ship` asks somebody in operations to confirm it."
    )
    return task.model_copy(update={"monitoring": plan})


def described(plan: Monitoring, metric: str) -> str:
    """The plan in one sentence."""
    rows = "1 row" if plan.weekly_rows == 1 else f"{plan.weekly_rows:,} rows"
    return (
        f"Monitoring (`monitoring:` in rungwise.yaml): people check {rows} a week, and a "
        f"refresh is due if {metric} is worse by more than {plan.drop:g}, or after "
        f"{plan.refresh_weeks} weeks."
    )


def to_confirm(workspace: Workspace) -> str:
    """What is still to be confirmed before a release, in one sentence; "" if nothing is.

    Raises:
        GateHolds: The task has no plan.
    """
    if rules_of(workspace.state.split) < PLANNED or confirmed(workspace) is not None:
        return ""
    plan = workspace.task.monitoring
    if plan is None:
        raise GateHolds(
            "rungwise.yaml has no monitoring plan, and nothing is released without one",
            WRITE,
        )
    return described(plan, workspace.task.task.metric)


def confirmed(workspace: Workspace) -> MonitoringConfirmed | None:
    """Who confirmed the plan as it is now; None if nobody did."""
    plan, given = workspace.task.monitoring, workspace.state.monitoring
    return given if plan and given and given.plan == _content(plan) else None


def require_plan(workspace: Workspace, name: str) -> None:
    """Put a confirmation on record, and refuse a release without one.

    Args:
        workspace: The task folder.
        name: Who in operations confirms the plan; "" if nobody does now.

    Raises:
        GateHolds: The task has no plan, or nobody has confirmed it.
        TaskError: The name is the placeholder.
    """
    if name.strip() == "NAME":
        raise TaskError("NAME is no name", "Write who in operations confirms the drop.")
    if name.strip() and workspace.task.monitoring is None:
        raise TaskError("rungwise.yaml has no `monitoring:` to confirm", WRITE)
    said = to_confirm(workspace)
    if said and not name.strip():
        raise GateHolds(
            f"Nobody in operations has confirmed how the release is watched. {said}",
            f"Whoever answers for operations confirms it by name: `rungwise ship {OPTION}`.",
        )
    plan = workspace.task.monitoring
    if plan is not None and name.strip() and _others(workspace, name.strip()):
        now = datetime.now(UTC).isoformat(timespec="seconds")
        given = MonitoringConfirmed(_content(plan), name.strip(), now)
        workspace.record("monitoring", to_json(given))


def _others(workspace: Workspace, name: str) -> bool:
    """Whether this name has not confirmed this plan already."""
    given = confirmed(workspace)
    return given is None or given.name != name


def _content(plan: Monitoring) -> dict[str, Any]:
    """What is confirmed: keys that came later only if they are set, and never where notices go."""
    return plan.identifying(frozenset({"notices"}))


def _drop(metric: Metric, target: float) -> float:
    if metric.low is not None and metric.high is not None:
        return float(f"{SHARE * (metric.high - metric.low):.2g}")
    return float(f"{SHARE * abs(target):.2g}") or SHARE
