"""`refresh`: train what is in production again with new rows, and propose it if it is better (R75).

The rows join as by `add`: the old test part stays closed, a fresh one is cut from new rows. The
rung that earned the release is trained again, tested once on the fresh part, and compared there
with the release in production. A challenger that is better beyond noise becomes a candidate, also
if its test leaves something open: whoever promotes it accepts that by name.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from rungwise import plugins
from rungwise.data.seal import open_test
from rungwise.errors import GateHolds, RungwiseError
from rungwise.evaluation.wording import counted
from rungwise.progress import Titled
from rungwise.protocols import Rung
from rungwise.records import Evidence, ReleaseRecord, to_json
from rungwise.refreshed import Compared, Refreshed
from rungwise.release.opened import Answers
from rungwise.table import Examples
from rungwise.workflow import spot_rows
from rungwise.workflow.add import add
from rungwise.workflow.attempt import attempt, attempt_id, interpret
from rungwise.workflow.audit import audit
from rungwise.workflow.challenge import compared, labels_for
from rungwise.workflow.climb import line
from rungwise.workflow.judge import judge, require
from rungwise.workflow.monitoring_plan import require_plan
from rungwise.workflow.programmes import programme_on
from rungwise.workflow.promotion import promote_automatically
from rungwise.workflow.refresh_documents import measured_again
from rungwise.workflow.refresh_rows import file_weights, joined_since, redacted_rows, weights_of
from rungwise.workflow.refresh_trigger import Due, due, earned_by, in_production_now
from rungwise.workflow.released import opened_release
from rungwise.workflow.rung_context import model_identity, rung_context
from rungwise.workflow.selecting import record_choice
from rungwise.workflow.ship import ship
from rungwise.workflow.spot_checks import spot_evidence
from rungwise.workflow.spot_rows import unused
from rungwise.workflow.test import test
from rungwise.workflow.workspace import Workspace

LADDER = ("improvement_meaningful", "learning_rates", "validation_settled")
"""Gates before the test that ask about the ladder, which a refresh does not climb again."""
HELD_OUT = 0.5
"""Share of new rows that a fresh test part takes at most."""


@dataclass(frozen=True, slots=True)
class RefreshPlan:
    """What a refresh would need.

    Attributes:
        champion: The release in production.
        due: Why a refresh is due; None if it is not.
        gain: The gain in right answers that it is planned for: the tolerated drop.
        fresh: Rows of the fresh test part that would show this gain.
        labels: New labelled rows that take so many to the test part.
        there: Rows of the fresh test part that is cut already; None if no row has joined since the
            release, or since its last refresh.
        labelled: Rows of spot checks with a label that have not joined.
        next: The command that comes next.
    """

    champion: str
    due: Due | None
    gain: float
    fresh: int
    labels: int
    there: int | None
    labelled: int
    next: str


def plan(workspace: Workspace, day: date | None = None) -> RefreshPlan:
    """Say whether a refresh is due and how many labels a proposal needs; nothing is trained."""
    today = day or datetime.now(UTC).date()
    release, _ = in_production_now(workspace, today)
    gain = _gain(workspace, today)
    fresh, labelled = labels_for(gain), len(unused(workspace))
    split = workspace.state.split
    begun = joined_since(workspace, release) and _on_record(workspace, release) is None
    there = split.rows["test"] if split and begun else None
    why = due(workspace, today)
    reason, file = "" if why else ' --because "…"', " FILE" if there is None else ""
    if there is None and labelled >= fresh / HELD_OUT:
        file = ""
    command = f"rungwise refresh{file}{reason}"
    labels = int(fresh / HELD_OUT)
    return RefreshPlan(release.version, why, gain, fresh, labels, there, labelled, command)


def _gain(workspace: Workspace, day: date) -> float:
    """The gain that is planned for: the tolerated drop, or what was lost if that is more."""
    monitoring = workspace.task.monitoring
    drop = monitoring.drop if monitoring is not None and monitoring.drop < 1 else 0.03
    programme = programme_on(workspace, day)
    quality = spot_evidence(workspace, programme, day).interval
    if quality is None or not quality.labels or programme.promise is None:
        return drop
    return max(drop, programme.promise - quality.value)


def refresh(
    workspace: Workspace,
    file: Path | None = None,
    *,
    originals: Path | None = None,
    because: str = "",
    confirm_monitoring: str = "",
    day: date | None = None,
) -> Refreshed:
    """Train again with new rows, compare, and package what is better; resumes what was begun.

    Args:
        workspace: The task folder.
        file: New labelled rows, with the columns of the source. None: those that have joined, or
            else the labels of spot checks.
        originals: The user's own texts of spot checks by id, in place of redacted ones.
        because: Why, if no trigger has fired.
        confirm_monitoring: Who in operations confirms a changed monitoring plan.
        day: Today in UTC.

    Raises:
        GateHolds: No refresh is due, there are no new rows, or a gate holds.
        InputError: Nothing is in production.
        DataError: The rows cannot join.
    """
    today = day or datetime.now(UTC).date()
    release, _ = in_production_now(workspace, today)
    why = due(workspace, today) or (Due("request", because.strip()) if because.strip() else None)
    if why is None:
        raise GateHolds(
            f"No refresh of {release.version} is due",
            'Give the reason if there is one: `rungwise refresh --because "…"`.',
        )
    _confirm(workspace, confirm_monitoring)
    champion, _ = opened_release(workspace, release.version)  # before a row is spent on comparing
    if why.trigger == "documents" and file is None:
        return measured_again(workspace, release, why)
    redacted = _join(workspace, release, file, originals)
    if (known := _on_record(workspace, release)) is not None:
        workspace.progress.say("This refresh is on record already; further rows make another.")
        return known
    challenger = _trained_again(workspace, release)
    found = _compared(workspace, champion)
    version = ship(workspace, candidate=True).version if found.better else ""
    split = workspace.state.split
    assert split is not None, "the challenger was measured on one"
    made = Refreshed(
        champion=release.version,
        trigger=why.trigger,
        because=why.because,
        data=split.division,
        attempt=challenger.id,
        outcome="proposed" if version else "no better",
        compared=found,
        version=version,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        redacted=redacted,
    )
    workspace.record("refreshed", to_json(made))
    if version:
        promote_automatically(workspace, version, f"{why.trigger}: {why.because}")
    return made


def _confirm(workspace: Workspace, name: str) -> None:
    try:
        require_plan(workspace, name)
    except GateHolds as held:
        step = held.next_step.replace("rungwise ship", "rungwise refresh")
        raise GateHolds(held.fact, step) from None


def _join(
    workspace: Workspace, release: ReleaseRecord, file: Path | None, originals: Path | None
) -> int:
    """Join the file, or spot checks; refuse to go on without a row that is new.

    Returns:
        Rows that are learnt as the sample of production has them, redacted.
    """
    if file is not None:
        name = os.path.relpath(file.resolve(), workspace.folder)
        if name not in workspace.task.data.added:
            if file.is_file():
                file_weights(workspace, name)  # a file that has joined must not change
            add(workspace, file)
    begun = joined_since(workspace, release) and _on_record(workspace, release) is None
    if file is None and not begun:
        written = spot_rows.write(workspace, originals)
        try:
            if written is not None:
                add(workspace, written)
        except RungwiseError:
            assert written is not None, "something was joined"
            written.unlink(missing_ok=True)
            raise
    if joined_since(workspace, release):
        return redacted_rows(workspace, release)
    needed = plan(workspace)
    raise GateHolds(
        f"No labelled row has joined since {release.version}. About {needed.labels:,} would show "
        f"a gain of {needed.gain:g} in right answers, {needed.fresh:,} of them in the fresh test",
        "Give a file of them, `rungwise refresh FILE`, or join it by `rungwise add FILE`.",
    )


def _on_record(workspace: Workspace, release: ReleaseRecord) -> Refreshed | None:
    split = workspace.state.split
    same = (
        one
        for one in workspace.state.refreshes
        if split and (one.champion, one.data) == (release.version, split.division)
    )
    return next(same, None)


def _trained_again(workspace: Workspace, release: ReleaseRecord) -> Evidence:
    """The rung that earned a release, with its settings, on the rows of today; tested once."""
    earned = earned_by(workspace, release)
    audit(workspace)
    require(workspace, "climb")
    rung: Rung = plugins.load("rungs", earned.rung, workspace.task.task.kind)
    model, context = model_identity(workspace, rung), rung_context(workspace)
    fold = True if earned.goal.on == "folds" else None if rung.step == "climb" else False
    identity = attempt_id(
        workspace, earned.rung, earned.configuration, model, trains=rung.trains, fold=fold
    )
    known = {one.id: one for one in workspace.attempts}
    if identity not in known:
        say = workspace.progress.say
        say(f"{earned.rung}, which earned {release.version}, is trained again …")
        told = replace(context, progress=Titled(workspace.progress, earned.rung))
        made = attempt(workspace, earned.rung, rung, earned.configuration, told, model, fold=fold)
        say(line(made))
    for one in workspace.attempts:
        interpret(workspace, one)
    record_choice(workspace)
    judge(workspace)
    challenger = workspace.selected
    if challenger is None:
        raise GateHolds(
            f"{earned.rung} answers nothing right on the rows of today, so nothing is tested",
            "`rungwise run` climbs the ladder again.",
        )
    tested = workspace.state.test
    if tested is None or tested.attempt != challenger.id:
        test(workspace, skip=LADDER)
    return challenger


def _compared(workspace: Workspace, champion: Answers) -> Compared:
    """Champion and challenger on the fresh test part."""
    split, tested = workspace.state.split, workspace.state.test
    assert split is not None and tested is not None, "the challenger was tested"
    rows = open_test(split, workspace.objects, workspace.sealed, workspace.cache)
    if champion.classes and (unknown := set(rows["expected"]) - set(champion.classes)):
        workspace.progress.say(
            f"{champion.version} does not know {', '.join(sorted(unknown))}: its answers to such "
            "rows are wrong."
        )
    workspace.progress.say(
        f"{champion.version} answers the {counted(len(rows), 'row')} of the fresh test part, too …"
    )
    before = champion.predict(Examples.of(rows).inputs, workspace.progress)
    return compared(
        workspace.metric,
        rows["expected"],
        before,
        workspace.predictions(tested.predictions),
        weights_of(workspace, rows),
        workspace.task.policy,
    )
