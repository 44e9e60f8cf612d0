"""A project in a notebook: its goal, what was tried, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rungwise.evaluation import figures
from rungwise.evaluation.wording import accepted, released, unnumbered
from rungwise.go_decision import Go
from rungwise.notebook import measured, table
from rungwise.records import from_json


def project_html(status: Mapping[str, Any], name: str) -> str:
    """One table of attempts under the goal.

    Args:
        status: What `Project.status` returns.
        name: What the project is called.
    """
    task = status["task"]
    notes = [
        f"Goal: {task['goal']} ({task['metric']} {figures.goal(task['target'], task['metric'])})"
    ]
    if parts := status["splits"]:
        sealed = "sealed" if parts["sealed"] else "opened"
        counted = ", ".join(f"{parts[part]:,} {part}" for part in ("train", "validation", "test"))
        notes.append(f"Rows: {counted}; the test part is {sealed}")
    notes += [
        f"{finding['severity']}: {unnumbered(finding['title'])}"
        for finding in status["findings"]
        if finding["severity"] != "info"
    ]
    if test := status["test"]:
        goal = test["goal"]
        notes.append(f"Test: {_measured(goal)}")
    notes += [
        f"Go: {one.name} ({one.role}) {accepted(one)}"
        for one in (from_json(Go, decision) for decision in status["goes"])
    ]
    notes += [
        f"Release {released(release['version'], below_target=release['below_target'])}"
        for release in status["releases"]
    ]
    notes.append(f"Next: {status['next']}")
    rows = [
        (
            f"→ {attempt['name']}" if attempt["id"] == status["selected"] else attempt["name"],
            _measured(attempt),
            f"{attempt['seconds']:.1f} s",
            ", ".join(f"{key}={value}" for key, value in attempt["config"].items()),
            attempt["diagnosis"],
        )
        for attempt in status["attempts"]
    ]
    header = ("rung", "measured", "seconds", "configuration", "diagnosis") if rows else ()
    return table(name, header, rows, notes)


def _measured(one: Mapping[str, Any]) -> str:
    return measured(one["metric"], one["value"], one["low"], one["high"], one["rows"], one["on"])
