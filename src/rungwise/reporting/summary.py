"""Where the task stands, in one sentence and three figures: the top of the report."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rungwise.evaluation.attempt_names import named
from rungwise.evaluation.standing import best, reaches, straddles, suffices
from rungwise.evaluation.wording import BELOW_TARGET, accepted
from rungwise.go_decision import Go
from rungwise.ledger.state import State
from rungwise.records import Evidence, Measurement
from rungwise.reporting import wording
from rungwise.rules import rules_of


@dataclass(frozen=True, slots=True)
class Figure:
    """A number to be seen first; `tone` is good, accepted, bad, odd, open or plain."""

    label: str
    value: str
    interval: str
    note: str
    tone: str


def sentence(state: State, selected: Evidence | None, target: float, *, greater: bool) -> str:
    """What a person who reads one line should know."""
    if selected is None:
        none = "Nothing is right yet, so no attempt is selected."
        return none if state.attempts else "Nothing has been measured yet."
    goal = selected.goal
    if state.test is not None:
        met = reaches(state.test.goal.value, target, greater)
        shipped = [r.version for r in state.releases if r.attempt == state.test.attempt]
        told = f"The test {'confirms' if met else 'does not reach'} the target"
        if met and straddles(state.test.goal, target):
            told = "The test reaches the target, but its interval does not settle it"
        if state.test.unseal > 1:
            told += f" on look {state.test.unseal}, when it was no longer unseen"
        if (decision := go_decision(state, target)) is not None:
            told += f"; {decision.name} ({decision.role}) {accepted(decision)}"
        elif any(r.below_target for r in state.releases if r.version in shipped):
            told += f"; {BELOW_TARGET}"
        return f"{told}, and {shipped[-1]} is released." if shipped else f"{told}."
    if not reaches(goal.value, target, greater):
        alike = [one for one in state.attempts if one.goal.metric == goal.metric]
        first = best(alike, greater)
        if first is not None and first.goal.value != goal.value:
            return f"{named(selected)} is selected and does not reach the target."
        return f"No rung reaches the target yet; {named(selected)} comes closest."
    if not suffices(selected, target, greater, rules_of(state.split), state.attempts):
        return (
            f"{named(selected)} reaches the target, but its interval holds it: these rows do not "
            "settle it."
        )
    where = "by cross-validation" if goal.on == "folds" else "on validation"
    told = f"{named(selected)} reaches the target {where}; the test part is still sealed."
    if straddles(goal, target):  # by the first rules a value is enough
        told += " The interval straddles the target, so more rows could still tell otherwise."
    return told


def go_decision(state: State, target: float) -> Go | None:
    """The go decision about the newest test, or None."""
    about = (one for one in reversed(state.goes) if one.is_about(state.test, target))
    return next(about, None)


def figures(
    state: State, selected: Evidence | None, target: float, *, greater: bool
) -> list[Figure]:
    """Validation, test and release."""
    return [
        _validation(state, selected, target, greater=greater),
        _test(state, target, greater=greater),
        _release(state),
    ]


def _validation(state: State, selected: Evidence | None, target: float, *, greater: bool) -> Figure:
    first = best(state.attempts, greater)
    if selected is None and first is not None:
        note = f"the best, {named(first)}, {wording.rows(first.goal)}"
        return _measured("Validation", first.goal, note, target, greater=greater)
    if selected is None:
        return Figure("Validation", "–", "", "nothing measured yet", "open")
    note = f"{named(selected)}, {wording.rows(selected.goal)}"
    return _measured("Validation", selected.goal, note, target, greater=greater)


def _test(state: State, target: float, *, greater: bool) -> Figure:
    result = state.test
    if result is None:
        rows = state.split.rows.get("test", 0) if state.split else 0
        return Figure("Test", "sealed", "", f"{rows:,} rows, opened once" if rows else "", "open")
    seen = "seen once" if result.unseal == 1 else f"look {result.unseal}: no longer unseen"
    note = f"{wording.rows(result.goal)}, {seen}"
    figure = _measured("Test", result.goal, note, target, greater=greater)
    if go_decision(state, target) is not None:
        return replace(figure, tone="accepted", note=f"{note}, accepted")
    return figure if result.unseal == 1 else replace(figure, tone="odd")


def _measured(label: str, goal: Measurement, note: str, target: float, *, greater: bool) -> Figure:
    tone = "good" if reaches(goal.value, target, greater) else "bad"
    return Figure(label, wording.value(goal), wording.interval(goal), note, tone)


def _release(state: State) -> Figure:
    if not state.releases:
        return Figure("Release", "none yet", "", "earned by a confirmed test", "open")
    last = state.releases[-1]
    if last.below_target:
        return Figure("Release", last.version, "", f"{last.folder}, {BELOW_TARGET}", "accepted")
    return Figure("Release", last.version, "", last.folder, "plain")
