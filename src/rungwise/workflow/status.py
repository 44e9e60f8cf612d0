"""`status`: where the task stands, derived from the record alone; the machine's view."""

from __future__ import annotations

from typing import Any

from rungwise.decisions.go_no_go import confirms
from rungwise.decisions.holding import before, place
from rungwise.decisions.needed import as_needed, is_early
from rungwise.errors import RungwiseError
from rungwise.evaluation import retrieval_recall
from rungwise.evaluation.attempt_names import attempt_name, way_of_asking
from rungwise.evaluation.figures import is_share
from rungwise.evaluation.standing import at_recall, precision_of
from rungwise.evaluation.target_range import outside
from rungwise.records import Evidence, Finding, to_json
from rungwise.reporting.certificate import certificate
from rungwise.stages import champion, stages
from rungwise.workflow.next_command import (
    due_step,
    edited,
    next_command,
    reached_by,
    set_before,
    step,
)
from rungwise.workflow.priced import priced
from rungwise.workflow.trust import code_view
from rungwise.workflow.watched import watched
from rungwise.workflow.workspace import Workspace


def status(workspace: Workspace) -> dict[str, Any]:
    """The whole state as JSON types; the shape is documented in `docs/command-line.md`."""
    state, selected = workspace.state, workspace.selected
    split, calls = state.split, priced(workspace).calls
    return {
        "task": workspace.task.task.model_dump(mode="json"),
        "outside": _outside(workspace),
        "step": step(workspace),
        "edited": edited(workspace),
        "set": set_before(workspace),
        "code": code_view(workspace),
        "next": next_command(workspace),
        "monitoring": _monitoring(workspace),
        "splits": _splits(workspace),
        "quarantined": dict(split.quarantined) if split else {},
        "findings": [_finding(finding) for finding in state.findings],
        "attempts": [_attempt(workspace, one, calls[one.id].usd) for one in workspace.attempts],
        "retrieval": to_json(retrieval_recall.of(workspace.attempts)),
        "gates": _gates(workspace),
        "skipped": [{"rung": rung, "reason": why} for rung, why in state.skipped.items()],
        "overrides": to_json(state.overrides),
        "goes": to_json(state.goes),
        "selected": selected.id if selected else None,
        "test": to_json(state.test),
        "review": to_json(certificate(state)),
        "releases": _releases(workspace),
        "production": _production(workspace),
    }


def _releases(workspace: Workspace) -> list[dict[str, Any]]:
    """Every release with its stage."""
    state = workspace.state
    at = stages([release.version for release in state.releases], state.promotions)
    return [to_json(release) | {"stage": at[release.version]} for release in state.releases]


def _production(workspace: Workspace) -> dict[str, Any] | None:
    """The decision that put the champion into production; None before the first."""
    given = workspace.state.promotions
    return to_json(given[-1]) if champion(given) is not None else None


def _monitoring(workspace: Workspace) -> dict[str, Any] | None:
    """How the release in production is watched, or what is wrong; None before there is one."""
    try:
        found = watched(workspace)
    except RungwiseError as error:  # an object is gone: `status` answers all the same
        return {"problem": str(error)}
    return None if found is None else to_json(found) | {"sentences": list(found.sentences)}


def _outside(workspace: Workspace) -> str:
    """Why no value can be compared with the target of the file; "" if one can."""
    goal, recorded = workspace.task.task, workspace.state.goal
    low, high = (0.0, 1.0) if is_share(goal.metric) else (None, None)
    if recorded is not None and recorded.get("name") == goal.metric:
        low, high = recorded.get("low"), recorded.get("high")
    return ". ".join(outside(goal.target, goal.metric, low, high))


def _gates(workspace: Workspace) -> list[dict[str, Any]]:
    """Every verdict in the order of the steps, those of steps that nobody needs marked so.

    `early` says that a gate holds only because its step has not come.
    """
    state, reached = workspace.state, reached_by(workspace)
    confirmed = confirms(state.verdicts.values())
    looks = len(state.unsealings)
    present = due_step(workspace)
    verdicts = [
        as_needed(state.verdicts[gate], before(gate), reached, looks, confirmed=confirmed)
        for gate in sorted(state.verdicts, key=place)
    ]
    return [to_json(one) | {"early": is_early(one, before(one.code), present)} for one in verdicts]


def _splits(workspace: Workspace) -> dict[str, Any] | None:
    split = workspace.state.split
    if split is None:
        return None
    counted = {part: split.rows[part] for part in ("train", "validation", "test")}
    by = {key: split.numbers[key] for key in ("by", "spans") if key in split.numbers}
    return counted | {"sealed": not workspace.state.unsealings} | by


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "count": finding.count,
        "title": finding.title,
    }


def _attempt(workspace: Workspace, attempt: Evidence, usd: float | None) -> dict[str, Any]:
    headline = workspace.state.diagnoses.get(attempt.id, ())
    precision = precision_of(attempt) if at_recall(attempt) else None
    return {
        "id": attempt.id,
        "rung": attempt.rung,
        "name": attempt_name(attempt),
        "asked": way_of_asking(attempt),
        "config": to_json(attempt.configuration),
        "metric": attempt.goal.metric,
        "on": attempt.goal.on,
        "value": attempt.goal.value,
        "low": attempt.goal.low,
        "high": attempt.goal.high,
        "rows": attempt.goal.rows,
        "precision": precision.value if precision is not None else None,
        "seconds": round(attempt.seconds, 2),
        "peak_mb": round(attempt.peak_mb),
        "cost_per_call": usd,
        "diagnosis": headline[0].code if headline else "",
        "fields": attempt.details.get("fields", []),
    }
