"""The version that the next release gets: a refresh counts the minor number up (R72)."""

from __future__ import annotations

from rungwise.ledger.bases import Basis, basis
from rungwise.records import Evidence
from rungwise.release.version import following, is_version
from rungwise.workflow.workspace import Workspace


def next_version(workspace: Workspace, attempt: Evidence) -> str:
    """Such as v1.1 for the base and task of v1.0, v2.0 for others; said if it is not the first.

    Folders count that no ledger knows: a release is never written over another.
    """
    state = workspace.state
    shipped = [release.version for release in state.releases]
    on_disk = [path.name for path in workspace.releases.glob("v*") if is_version(path.name)]
    if not shipped:
        return following(on_disk)
    assert state.split is not None, "an attempt was measured on one"
    before, task = shipped[-1], workspace.task.model_dump(mode="json")
    new = _differences(state.bases[before], basis(attempt.model, task, state.split.classes))
    version = following([*shipped, *on_disk], major=bool(new))
    why = f"{new} than {before}" if new else f"a refresh of {before}: the same base and task"
    workspace.progress.say(f"The release is {version}, {why}.")
    return version


def _differences(before: Basis, now: Basis) -> str:
    """What is new, such as `with another base model and other labels`; "" for nothing."""
    new = {
        "another base model": before.model != now.model,
        "another task": before.task != now.task,
        "other labels": before.classes != now.classes,
    }
    named = [what for what, differs in new.items() if differs]
    return f"with {' and '.join(named)}" if named else ""
