"""`status`: where the task stands, derived from the record alone; the machine's view."""

from __future__ import annotations

from typing import Any

from rungwise.evaluation.standing import reaches, suffices
from rungwise.objects import digest_json
from rungwise.records import Evidence, Finding, to_json
from rungwise.workflow.judge import place
from rungwise.workflow.priced import priced
from rungwise.workflow.rung_context import ladder
from rungwise.workflow.trust import code_view
from rungwise.workflow.workspace import Workspace


def status(workspace: Workspace) -> dict[str, Any]:
    """The whole state as JSON types; the shape is documented in `docs/command-line.md`."""
    state, selected = workspace.state, workspace.selected
    split, calls = state.split, priced(workspace).calls
    return {
        "task": workspace.task.task.model_dump(mode="json"),
        "step": step(workspace),
        "edited": _edited(workspace),
        "code": code_view(workspace),
        "next": next_command(workspace),
        "splits": _splits(workspace),
        "quarantined": dict(split.quarantined) if split else {},
        "findings": [_finding(finding) for finding in state.findings],
        "attempts": [_attempt(workspace, one, calls[one.id].usd) for one in workspace.attempts],
        "gates": [to_json(state.verdicts[gate]) for gate in sorted(state.verdicts, key=place)],
        "skipped": [{"rung": rung, "reason": why} for rung, why in state.skipped.items()],
        "overrides": to_json(state.overrides),
        "selected": selected.id if selected else None,
        "test": to_json(state.test),
        "releases": to_json(state.releases),
    }


def _splits(workspace: Workspace) -> dict[str, Any] | None:
    split = workspace.state.split
    if split is None:
        return None
    counted = {part: split.rows[part] for part in ("train", "validation", "test")}
    return counted | {"sealed": not workspace.state.unsealings}


def step(workspace: Workspace) -> str:
    """The step that the task is at."""
    state = workspace.state
    if state.split is None:
        return "split"
    if not state.audits:
        return "audit"
    tested = state.test is not None and _about_selected(workspace, state.test.attempt)
    if not _reached(workspace) and not tested:
        return "climb"
    if not tested:
        return "test"
    return "released" if _shipped(workspace) else "ship"


def next_command(workspace: Workspace) -> str:
    """The one command that comes next, as it can be typed."""
    where = "" if workspace.folder.samefile(".") else f" -C {_shown(workspace)}"
    at = step(workspace)
    if at in ("split", "audit") or _edited(workspace):
        return f"rungwise run{where}"
    if at == "climb":
        if accepted := _blocking(workspace):
            return f"rungwise curate{where} --accept {accepted}"
        exhausted = bool(workspace.attempts) and _climbed(workspace)
        return f"rungwise report{where}" if exhausted else f"rungwise run{where}"
    if at == "test":
        return f"rungwise test{where}"
    if at == "ship":
        return f"rungwise ship{where}"
    return f"rungwise predict{where} --release {workspace.state.releases[-1].version} FILE"


def _blocking(workspace: Workspace) -> str:
    """The first finding that blocks and can be curated away, as `--accept` takes it, or ""."""
    verdict = workspace.state.verdicts.get("data_audited")
    if verdict is None or verdict.verdict != "hold":
        return ""
    for finding in workspace.state.findings:
        if finding.severity == "block" and finding.points_into("train"):
            return finding.code + ("=redact" if finding.code.startswith("personal.") else "")
    return ""


def settling(workspace: Workspace) -> str:
    """What the interval says about a target that the value reaches (R43), or ""."""
    selected, target = workspace.selected, workspace.task.task.target
    if selected is None or selected.goal.low is None or selected.goal.high is None:
        return ""
    if not selected.goal.low < target < selected.goal.high:
        return ""
    return (
        f"Its interval [{selected.goal.low:.4f}, {selected.goal.high:.4f}] straddles the target, "
        "so more validation rows could still tell otherwise."
    )


def _reached(workspace: Workspace) -> bool:
    """Whether the climb is over with the target reached: by what suffices, or with no rung left."""
    selected, target, greater = (
        workspace.selected,
        workspace.task.task.target,
        workspace.metric.greater,
    )
    if selected is None:
        return False
    over = suffices(selected, target, greater) or _climbed(workspace)
    return over and reaches(selected.goal.value, target, greater)


def _climbed(workspace: Workspace) -> bool:
    """Whether every rung of the ladder was tried or skipped with a reason."""
    seen = {attempt.rung for attempt in workspace.attempts} | set(workspace.state.skipped)
    return {name for name, _ in ladder(workspace)} <= seen


def _shipped(workspace: Workspace) -> bool:
    return any(_about_selected(workspace, one.attempt) for one in workspace.state.releases)


def _about_selected(workspace: Workspace, attempt: str) -> bool:
    return workspace.selected is not None and workspace.selected.id == attempt


def _edited(workspace: Workspace) -> bool:
    """Whether `rungwise.yaml` is another than the one on record."""
    recorded = workspace.state.task
    return recorded is None or digest_json(recorded) != digest_json(
        workspace.task.model_dump(mode="json")
    )


def _shown(workspace: Workspace) -> str:
    from pathlib import Path

    here = Path.cwd()
    folder = workspace.folder
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "count": finding.count,
        "title": finding.title,
    }


def _attempt(workspace: Workspace, attempt: Evidence, usd: float | None) -> dict[str, Any]:
    headline = workspace.state.diagnoses.get(attempt.id, ())
    return {
        "id": attempt.id,
        "rung": attempt.rung,
        "config": to_json(attempt.configuration),
        "metric": attempt.goal.metric,
        "on": attempt.goal.on,
        "value": attempt.goal.value,
        "low": attempt.goal.low,
        "high": attempt.goal.high,
        "rows": attempt.goal.rows,
        "seconds": round(attempt.seconds, 2),
        "peak_mb": round(attempt.peak_mb),
        "cost_per_call": usd,
        "diagnosis": headline[0].code if headline else "",
    }
