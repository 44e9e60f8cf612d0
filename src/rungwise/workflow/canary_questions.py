"""Canary questions of a release behind an endpoint: asked once a week, and kept on record."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import polars as pl

from rungwise.errors import RungwiseError
from rungwise.monitoring.alarm_budget import CANARY
from rungwise.monitoring.canary import QUESTIONS, REPEATS, canary_evidence, differing
from rungwise.programme import CanaryAsked, Programme
from rungwise.records import to_json
from rungwise.release.opened import Answers
from rungwise.table import Inputs
from rungwise.workflow.released import opened_release
from rungwise.workflow.workspace import Workspace


def ask(workspace: Workspace, programme: Programme, day: date) -> str:
    """Ask the questions if it is time: several times at the beginning, then once a week.

    Returns:
        Why they could not be asked, in a sentence; "" if all is well.
    """
    known = _known(workspace, programme)
    week = programme.week(day)
    if known and known[-1].week == week:
        return ""
    times = 1 if known else REPEATS
    questions = _questions(workspace, programme)
    workspace.progress.say(
        f"{len(questions)} canary questions are asked{'' if known else f' {times} times'}: does "
        "the endpoint still answer as it did?"
    )
    try:
        # Opened anew each time: a model behind an endpoint remembers what it has answered.
        rounds = [
            _answers(opened_release(workspace, programme.version)[0], questions, workspace)
            for _ in range(times)
        ]
    except RungwiseError as error:
        return f"The canary questions could not be asked: {error.fact}."
    if not any(answer is not None for answer in rounds[0]):
        return "The canary questions got no answer."
    first = _first(workspace, known[0]) if known else rounds[0]
    for number, answers in enumerate(rounds):
        begin = not known
        count, pairs = (0, 0) if begin and not number else differing(answers, first)
        content = json.dumps({"questions": questions, "answers": answers}, ensure_ascii=False)
        digest = workspace.objects.put(content.encode("utf-8"))
        said = CanaryAsked(programme.id, week, begin, digest, count, pairs)
        workspace.record("canary", to_json(said))
    return ""


def asked_evidence(workspace: Workspace, programme: Programme, week: int) -> dict[str, float]:
    """The evidence until a week, from what is on record; empty before two weeks were asked."""
    known = _known(workspace, programme)
    repeats = [(one.differing, one.compared) for one in known if one.begin]
    later = [(one.differing, one.compared) for one in known if not one.begin and one.week <= week]
    if not later or not sum(pairs for _, pairs in repeats):
        return {}
    return {CANARY: float(canary_evidence(repeats, later)[-1])}


def _known(workspace: Workspace, programme: Programme) -> list[CanaryAsked]:
    return [one for one in workspace.state.canaries if one.programme == programme.id]


def _questions(workspace: Workspace, programme: Programme) -> list[str]:
    """Test inputs, which the endpoint was asked before; the same ones in every week."""
    inputs = workspace.part("test")["input"]
    order = np.random.default_rng(programme.seed).permutation(len(inputs))[:QUESTIONS]
    return [str(text) for text in inputs.gather(np.sort(order).tolist())]


def _answers(served: Answers, questions: list[str], workspace: Workspace) -> list[str | None]:
    ids = pl.Series("id", range(len(questions)), pl.Int64).cast(pl.String)
    inputs = Inputs(ids, pl.Series("input", questions, pl.String))
    return served.predict(inputs, workspace.progress).outputs.cast(pl.String).to_list()


def _first(workspace: Workspace, asked: CanaryAsked) -> list[str | None]:
    answers: list[str | None] = json.loads(workspace.objects.read(asked.object))["answers"]
    return answers
