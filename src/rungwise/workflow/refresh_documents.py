"""Documents changed: what looks them up is measured again on validation, and released (R39).

What the release knows is other than before, and what it does with it is not, so no test part is
opened: the rung that earned the release answers the same validation rows again.
"""

from __future__ import annotations

from datetime import UTC, datetime

from rungwise import plugins
from rungwise.protocols import Rung
from rungwise.records import Evidence, ReleaseRecord, to_json
from rungwise.refreshed import Refreshed
from rungwise.workflow.attempt import attempt, attempt_id, interpret
from rungwise.workflow.challenge import compared
from rungwise.workflow.climb import line
from rungwise.workflow.judge import judge
from rungwise.workflow.measured_rows import rows_of
from rungwise.workflow.refit import refitted
from rungwise.workflow.refresh_trigger import Due, earned_by
from rungwise.workflow.rung_context import model_identity, rung_context
from rungwise.workflow.ship import packaged
from rungwise.workflow.workspace import Workspace


def measured_again(workspace: Workspace, release: ReleaseRecord, why: Due) -> Refreshed:
    """Measure the rung of a release with the documents of today, and package it.

    It is packaged unless it is worse beyond noise on the same validation rows. It is on record
    once for the same documents.

    Raises:
        GateHolds: The export answers differently.
        DataError: The documents cannot be used.
    """
    earned = earned_by(workspace, release)
    challenger = _measured(workspace, earned)
    for known in workspace.state.refreshes:
        if (known.champion, known.attempt) == (release.version, challenger.id):
            workspace.progress.say("This refresh is on record already.")
            return known
    rows = rows_of(workspace, challenger)
    before, after = (workspace.predictions(one.predictions) for one in (earned, challenger))
    metric, policy = workspace.metric, workspace.task.policy
    found = compared(metric, rows["expected"], before, after, None, policy)
    worse = compared(metric, rows["expected"], after, before, None, policy).better
    version = ""
    if worse:
        workspace.progress.say(
            f"With these documents it is worse beyond noise on {found.rows:,} validation rows: "
            "nothing is packaged. Are they whole, and do the rows still ask for what they say?"
        )
    else:
        tested = refitted(workspace, challenger) or challenger
        version = packaged(workspace, challenger, tested, None).version
    split = workspace.state.split
    assert split is not None, "it was measured on one"
    made = Refreshed(
        champion=release.version,
        trigger=why.trigger,
        because=why.because,
        data=split.division,
        attempt=challenger.id,
        outcome="no better" if worse else "measured again",
        compared=found,
        version=version,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    workspace.record("refreshed", to_json(made))
    return made


def _measured(workspace: Workspace, earned: Evidence) -> Evidence:
    rung: Rung = plugins.load("rungs", earned.rung, workspace.task.task.kind)
    model, context = model_identity(workspace, rung), rung_context(workspace)
    identity = attempt_id(
        workspace, earned.rung, earned.configuration, model, trains=rung.trains, fold=False
    )
    known = {one.id: one for one in workspace.attempts}
    if identity in known:
        return known[identity]
    workspace.progress.say(f"{earned.rung} is measured again with the documents of today …")
    made = attempt(workspace, earned.rung, rung, earned.configuration, context, model, fold=False)
    workspace.progress.say(line(made))
    interpret(workspace, made)
    judge(workspace)
    return made
