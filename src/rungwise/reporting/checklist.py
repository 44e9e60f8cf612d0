"""The whole way from the goal to the refresh, with its present state, to print (R6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from rungwise.decisions.holding import EXPORT
from rungwise.evaluation import standing
from rungwise.evaluation.attempt_names import named
from rungwise.evaluation.wording import accepted, released, unnumbered
from rungwise.ledger.state import State
from rungwise.plugins import kind_named
from rungwise.programme import WEEKS
from rungwise.records import Evidence
from rungwise.reporting import wording
from rungwise.reporting.standings import selected_of
from rungwise.rules import rules_of

Status = Literal["done", "open", "held"]
BOXES: dict[Status, str] = {"done": "[x]", "open": "[ ]", "held": "[!]"}
ROLES = ("business", "prompt", "data", "ml", "operations")


@dataclass(frozen=True, slots=True)
class Item:
    """One step.

    Attributes:
        status: Done, still open, or held by a gate.
        text: What is to be done, or what was.
        requirement: Where it comes from.
        by_hand: Whether only a person can do it; the ledger cannot know, so it stays open.
        note: Why a gate holds it, or the command that comes next.
    """

    status: Status
    text: str
    requirement: str
    by_hand: bool = False
    note: str = ""


def checklist(state: State, next_command: str) -> list[Item]:
    """Every step in order; the first open one that is not by hand carries the next command.

    A gate's reason is shown at the step that is next: before that, each later gate holds only
    because its step has not come.
    """
    items = [*_before(state), *_climb(state), *_after(state)]
    following = next((i for i in items if i.status == "open" and not i.by_hand), None)
    if following is None:
        return items
    held = _held(state, following.requirement)
    shown = (
        replace(following, status="held", note=held)
        if held
        else replace(following, note=f"Next: {next_command}" if next_command else "")
    )
    return [shown if item is following else item for item in items]


def as_text(items: Sequence[Item]) -> str:
    """The checklist as plain lines; `[x]` done, `[!]` held by a gate, `[ ]` open."""
    lines = []
    for item in items:
        hand = " (by hand)" if item.by_hand else ""
        lines.append(f"{BOXES[item.status]} {item.text}{hand}")
        if item.note:
            lines.append(f"    {item.note}")
    return "\n".join(lines) + "\n"


def _before(state: State) -> list[Item]:
    task: dict[str, Any] = dict(state.task["task"]) if state.task else {}
    goal = (
        f"Goal: {wording.line(task['goal'])} ({task['metric']} "
        f"{wording.target(task['target'], task['metric'], greater=_greater(state))})"
        if task
        else "Say in one sentence what is predicted, and name the metric and its target"
    )
    missing = [role for role in ROLES if not ((state.task or {}).get("owners") or {}).get(role)]
    owners = (
        f"Name who answers for {', '.join(missing)} (`owners:` in rungwise.yaml)"
        if missing
        else "Every role has an owner"
    )
    split = state.split
    parts = wording.parts(split.rows) if split else ""
    blocking = [finding for finding in state.findings if finding.severity == "block"]
    warned = [finding for finding in state.findings if finding.severity == "warn"]
    audited = (
        f"Audited: {_count(len(blocking), 'blocking finding')}, {_count(len(warned), 'warning')}"
        if state.audits
        else "Audit the data: sizes, copies, conflicting labels, overlap"
    )
    meant = "what a right answer is" if _generates(state) else "what each class means"
    return [
        _item(bool(task), goal, "R1–R5"),
        _by_hand(f"Fill in GUIDELINE.md: {meant}, and its edge cases", "R13"),
        Item("open" if missing else "done", owners, "R81", by_hand=bool(missing)),
        _item(
            split is not None,
            f"Split and sealed: {parts} rows" if split else "Split, and seal the test part",
            "R10",
        ),
        _item(bool(state.audits) and not blocking, audited, "R20"),
    ]


def _climb(state: State) -> list[Item]:
    attempts = _attempts(state)
    baseline = standing.baseline(attempts, _greater(state))
    frozen = standing.best((a for a in attempts if a.rung == "frozen"), _greater(state))
    untuned = (a for a in attempts if a.trains and not standing.tunes(a))
    head = standing.best(untuned, _greater(state))
    selected = selected_of(state, attempts, _target(state), _greater(state))
    reached = selected is not None and standing.suffices(
        selected, _target(state), _greater(state), rules_of(state.split), attempts
    )
    measured = _said("Baseline that trains nothing", baseline)
    features = _item(
        head is not None or reached, _said("New classifier, no base model changed", head), "R41"
    )
    return [
        _item(baseline is not None, measured, "R33"),
        _item(
            baseline is not None and baseline.id in state.failures,
            "Failures of the baseline grouped and named",
            "R32",
        ),
        *(() if _generates(state) else (features,)),
        _item(
            reached or _climbed(state, selected),
            _way_up(state, attempts, frozen, selected, reached=reached),
            "R44",
        ),
        _item(
            bool(attempts) and all(attempt.id in state.diagnoses for attempt in attempts),
            f"{_count(len(attempts), 'attempt')} diagnosed"
            if attempts
            else "Diagnose every attempt",
            "R56",
        ),
    ]


def _after(state: State) -> list[Item]:
    test, releases = state.test, state.releases
    tested = "Open the test part once, and read what it says"
    if test is not None:
        seen = "" if test.unseal == 1 else f", look {test.unseal}: no longer unseen"
        tested = f"Tested: {wording.measurement(test.goal)}{seen}"
    shipped = (
        f"Released: {released(releases[-1].version, below_target=releases[-1].below_target)}"
        if releases
        else "Freeze a release, with its version"
    )
    return [
        _item(test is not None, tested, "R68"),
        _decided(state),
        _item(bool(releases), shipped, "R71"),
        _trigger(state),
        _by_hand("Keep a sample of real inputs, and watch them for drift", "R76"),
        _spot_checked(state),
        _refreshed(state),
    ]


def _trigger(state: State) -> Item:
    if (plan := state.monitoring) is None:
        return _by_hand("Write down what triggers a refresh, before deployment", "R75")
    told = (
        f"{plan.name} confirmed that a drop by more than {plan.plan['drop']:g} triggers a refresh"
    )
    return _item(done=True, text=told, requirement="R75")


def _spot_checked(state: State) -> Item:
    what = "Spot-check production samples every week for the first 90 days"
    weeks = {(one.programme, one.week) for one in state.spot_labels if one.labels}
    if not weeks:
        return _by_hand(f"{what}: `rungwise monitor draw`", "R74")
    labelled = (
        f"1 week of {WEEKS} has" if len(weeks) == 1 else f"{len(weeks)} of {WEEKS} weeks have"
    )
    return _item(len(weeks) >= WEEKS, f"{what}: {labelled} labels", "R74")


def _decided(state: State) -> Item:
    target = _target(state)
    given = [one for one in state.goes if one.is_about(state.test, target)]
    if given:
        told = f"Go: {given[-1].name} ({given[-1].role}) {accepted(given[-1])}"
        return _item(done=True, text=told, requirement="R70")
    asks = "Go or no-go, by someone who has read the evaluation and knows the data"
    return _by_hand(asks, "R70")


def _generates(state: State) -> bool:
    return state.task is not None and (
        not kind_named(state.task["task"].get("kind", "classify")).labels
    )


def _climbed(state: State, selected: Evidence | None) -> bool:
    """Whether the climb is over with a value on target, though the rows do not settle it (C8)."""
    settled = state.verdicts.get("validation_settled")
    return _met(state, selected) and settled is not None and settled.verdict != "hold"


def _met(state: State, selected: Evidence | None) -> bool:
    return selected is not None and standing.reaches(
        selected.goal.value, _target(state), _greater(state)
    )


def _way_up(
    state: State,
    attempts: Sequence[Evidence],
    frozen: Evidence | None,
    selected: Evidence | None,
    *,
    reached: bool,
) -> str:
    if reached and selected is not None:
        return f"Target reached by {named(selected)}: {wording.measurement(selected.goal)}"
    open_yet = "The target is not reached yet"
    if selected is not None and _met(state, selected):
        value = f"{named(selected)}, {wording.measurement(selected.goal)}"
        open_yet = f"Met by the value, though the interval holds the target: {value}"
    if _generates(state):
        tuned = sorted({attempt.rung for attempt in attempts if attempt.trains})
        return f"{open_yet}; tuned so far: {', '.join(tuned) or 'nothing'}"
    if frozen is None:
        return "Climb only if the target is not reached: last layers, then LoRA, then all"
    tuned = sorted({attempt.rung for attempt in attempts if attempt.height > frozen.height})
    if not _met(state, selected):
        open_yet = "Below the target"
    return f"{open_yet}; tuned so far: {', '.join(tuned) or 'nothing'}"


def _said(what: str, attempt: Evidence | None) -> str:
    if attempt is None:
        return f"{what} measured"
    return f"{what}: {named(attempt)}, {wording.measurement(attempt.goal)}"


def _held(state: State, requirement: str) -> str:
    """Why a gate with this requirement holds, or ""; what is inconclusive waits for the go."""
    stopping = ("hold", "inconclusive") if rules_of(state.split) < 2 else ("hold",)
    return next(
        (
            f"Gate {verdict.code}: {unnumbered(verdict.reason)}"
            for verdict in state.verdicts.values()
            if verdict.requirement == requirement
            and verdict.verdict in stopping
            and (verdict.code != EXPORT or verdict.numbers)  # an export is made by `ship`
        ),
        "",
    )


def _refreshed(state: State) -> Item:
    """The last refresh; by hand while none was made, as it waits for its trigger."""
    what = "Refresh when the trigger fires: a new version, the same way again"
    if not state.refreshes:
        return _by_hand(f"{what}: `rungwise refresh`", "R73")
    last = state.refreshes[-1]
    made = f"{last.version} is better" if last.version else "nothing better was made"
    return _item(True, f"{what}. The last one, of {last.champion}: {made}", "R73")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _item(done: bool, text: str, requirement: str) -> Item:
    return Item("done" if done else "open", text, requirement)


def _by_hand(text: str, requirement: str) -> Item:
    return Item("open", text, requirement, by_hand=True)


def _attempts(state: State) -> list[Evidence]:
    metric = state.task["task"]["metric"] if state.task else ""
    return [attempt for attempt in state.attempts if attempt.goal.metric == metric]


def _greater(state: State) -> bool:
    return bool(state.goal["greater"]) if state.goal else True


def _target(state: State) -> float:
    return float(state.task["task"]["target"]) if state.task else 0.0
