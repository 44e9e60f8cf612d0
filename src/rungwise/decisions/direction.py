"""What follows from all verdicts and diagnoses: stop, go on, back to the data, change the base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rungwise.evaluation.standing import reaches, suffices, trained_on_a_base, tunes
from rungwise.evaluation.wording import measured, released, wanted
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Finding, Verdict
from rungwise.rules import rules_of

Move = Literal["stop", "go on", "back to the data", "change the base"]
POOR_FIT = frozenset({"poor_fit", "worse_than_frozen"})
"""Diagnoses that speak against the base model (R59, R60)."""
UNSETTLED = frozenset({"hold", "inconclusive"})


@dataclass(frozen=True, slots=True)
class Direction:
    """Where to go from here, and the sentences that say why."""

    move: Move
    reason: str


def decide(context: GateContext, verdicts: Sequence[Verdict]) -> Direction:
    """The direction that the record points to (R57–R67).

    Args:
        context: What is on record.
        verdicts: Of every gate, overrides applied; those absent are not consulted.
    """
    said = {verdict.code: verdict for verdict in verdicts}
    chosen = context.selected
    if told := _released(context):
        return Direction("stop", told)
    if _stands(said.get("data_audited"), {"hold"}):
        return Direction("back to the data", said["data_audited"].reason)
    if chosen is None:
        return Direction("go on", "Nothing was measured yet.")
    if context.test is not None and "test_confirms" in said:
        confirmed = not _stands(said["test_confirms"], UNSETTLED)
        return Direction("stop" if confirmed else "back to the data", said["test_confirms"].reason)
    if _reached(chosen, context):
        return _on_target(chosen, context, said)
    return _below_target(chosen, context)


def verdict_line(context: GateContext, verdicts: Sequence[Verdict]) -> str:
    """The direction in one line, such as `Stop: frozen has accuracy 0.9121 …`."""
    found = decide(context, verdicts)
    return f"{found.move.capitalize()}: {found.reason}"


def speaks_against_base(
    attempts: Sequence[Evidence], diagnoses: Mapping[str, tuple[Finding, ...]]
) -> bool:
    """Whether all that was tuned is diagnosed as a poor fit of the base (R59, R60).

    One bad learning rate proves nothing. If nothing is tuned yet, frozen features tell. What
    stands on no base model says nothing about one.
    """
    trained = [one for one in attempts if trained_on_a_base(one)]
    tuned = [one for one in trained if tunes(one)] or trained
    doubted = [
        any(finding.code in POOR_FIT for finding in diagnoses.get(one.id, ())) for one in tuned
    ]
    return bool(doubted) and all(doubted)


def _on_target(chosen: Evidence, context: GateContext, said: Mapping[str, Verdict]) -> Direction:
    for code in ("validation_settled", "improvement_meaningful"):
        if _stands(said.get(code), UNSETTLED):
            return Direction("back to the data", said[code].reason)
    asked = wanted(context.task.task.target, context.greater, context.task.task.metric)
    return Direction("stop", f"{chosen.rung} has {measured(chosen.goal)}; {asked} is asked.")


def _below_target(chosen: Evidence, context: GateContext) -> Direction:
    asked = wanted(context.task.task.target, context.greater, context.task.task.metric)
    best = f"The best is {chosen.rung} with {measured(chosen.goal)}; {asked} is asked"
    heard = _heard(chosen, context)
    if speaks_against_base(context.attempts, context.diagnoses):
        reason = f"{best}, and tuning adds nothing to this base. {heard}"
        return Direction("change the base", reason.strip())
    if context.remaining:
        reason = f"{best}, and rungs remain: {', '.join(context.remaining)}."
        return Direction("go on", reason)
    return Direction("back to the data", f"{best}, and no rung remains. {heard}".strip())


def _reached(chosen: Evidence, context: GateContext) -> bool:
    target = context.task.task.target
    met = reaches(chosen.goal.value, target, context.greater)
    enough = suffices(chosen, target, context.greater, rules_of(context.split))
    return met and (enough or not context.remaining)


def _released(context: GateContext) -> str:
    """What was shipped of the tested attempt, or ""."""
    test = context.test
    mine = [one for one in context.releases if test is not None and one.attempt == test.attempt]
    if test is None or not mine:
        return ""
    asked = wanted(context.task.task.target, context.greater, context.task.task.metric)
    told = released(mine[-1].version, below_target=mine[-1].below_target)
    return f"{told} with {measured(test.goal)}; {asked} is asked."


def _heard(chosen: Evidence, context: GateContext) -> str:
    """The headline diagnosis of the selected attempt, and its advice."""
    findings = context.diagnoses.get(chosen.id, ())
    return f"{findings[0].title.rstrip('.')}. {findings[0].advice}" if findings else ""


def _stands(verdict: Verdict | None, rulings: set[str] | frozenset[str]) -> bool:
    return verdict is not None and verdict.verdict in rulings
