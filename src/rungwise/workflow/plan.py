"""`climb --plan`: what every rung that is left would take, without trying any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rungwise.decisions.settling import FOLDED
from rungwise.protocols import Rung, RungContext
from rungwise.records import Evidence, Measurement, Numbers
from rungwise.workflow import forecast, settle
from rungwise.workflow.attempt import counts
from rungwise.workflow.judge import judge, require
from rungwise.workflow.rung_context import inapplicable, ladder, model_identity, rung_context
from rungwise.workflow.workspace import Workspace

MOST = 16
"""Attempts of one rung that are planned."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A rung that a climb would come to.

    Attributes:
        rung: Its name.
        attempts: How many it would make if none of them decided anything.
        seconds: What they take together; None where nothing that was measured tells.
        usd: Money for an endpoint's tokens, where their price is stated.
        reason: Why it would not be tried now, or "".
    """

    rung: str
    attempts: int
    seconds: float | None
    usd: float | None = None
    reason: str = ""


def plan(workspace: Workspace) -> tuple[Planned, ...]:
    """Every rung of the ladder with something left to try, lowest first.

    Raises:
        GateHolds: The rows are not divided yet.
    """
    if workspace.state.split is None:
        require(workspace, "climb")
    return tuple(
        planned
        for name, rung in ladder(workspace)
        if not inapplicable(workspace, name, rung)
        and (planned := _planned(workspace, name, rung)) is not None
    )


def _planned(workspace: Workspace, name: str, rung: Rung) -> Planned | None:
    context = rung_context(workspace)
    if excuse := rung.excuse(context):
        return Planned(name, 0, None, None, excuse)
    model = model_identity(workspace, rung)
    made = [one for one in workspace.attempts if one.rung == name and counts(workspace, one, model)]
    coming = list(_coming(workspace, name, rung, context, made))
    if not coming:
        return None
    held = [one for one in judge(workspace, rung.step) if one.verdict == "hold"]
    reason = f"Gate {held[0].code}: {held[0].reason}" if rung.step != "climb" and held else ""
    asked = [forecast.Question(name, rung, one, model) for one in coming]
    each = [forecast.forecast(workspace, one, context) for one in asked]
    known = [one for one in each if one is not None]
    if len(known) < len(each) or not known:
        return Planned(name, len(coming), None, None, reason)
    seconds = forecast.of_rung(workspace, asked[0], context, len(asked)) if rung.trains else None
    if seconds is None:
        seconds = sum(one.seconds for one in known)
    if settle.worth_folding(workspace, name, rung, seconds):
        seconds *= FOLDED
    money = [one.usd for one in known if one.usd is not None]
    return Planned(name, len(coming), seconds, sum(money) if money else None, reason)


def _coming(
    workspace: Workspace, name: str, rung: Rung, context: RungContext, made: list[Evidence]
) -> Iterator[Numbers]:
    """The configurations that a rung proposes if no attempt is better than another."""
    done = list(made)
    while len(done) < len(made) + MOST:
        configuration = rung.propose(context, done)
        if configuration is None:
            return
        yield configuration
        done.append(_imagined(workspace, name, rung, configuration, done))


def _imagined(
    workspace: Workspace, name: str, rung: Rung, configuration: Numbers, done: list[Evidence]
) -> Evidence:
    """An attempt as a rung would find it on record, with a value that decides nothing."""
    goal = workspace.task.task
    details: dict[str, Any] = dict(done[0].details) if done else _details(workspace, name)
    worst = workspace.bounds[0 if workspace.greater else 1]
    nothing = Measurement(goal.metric, worst or 0.0, None, None, 0, "validation")
    if done:
        return replace(done[0], id=str(len(done)), configuration=configuration, goal=nothing)
    return Evidence(
        id="imagined", rung=name, height=rung.height, trains=rung.trains,
        configuration=configuration, seed=0, data="", model="", goal=nothing, metrics=(),
        per_class=(), curve=(), train_metric=None, predictions="", artefact="", seconds=0.0,
        peak_mb=0.0, versions={}, details=details,
    )  # fmt: skip


def _details(workspace: Workspace, name: str) -> dict[str, Any]:
    """What a rung's next proposal reads of its first attempt."""
    if name == "prompt":
        from rungwise.training.prompting.instruction import names

        return {"prompts": names(workspace.task, workspace.part("train")["expected"])}
    if name == "unfreeze":
        from rungwise.training import trunk

        return {"blocks": trunk.of(rung_context(workspace), workspace.task.models[0]).blocks}
    return {}
