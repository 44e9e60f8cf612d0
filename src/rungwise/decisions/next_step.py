"""What can be done below the target, and after a test that does not confirm it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from rungwise.decisions.go_no_go import CONFIRMS
from rungwise.decisions.more_rows import CANNOT
from rungwise.evaluation.standing import reaches, trained_on_a_base, tunes
from rungwise.records import Evidence, Finding, Measurement, Verdict
from rungwise.task import Task

POOR_FIT = frozenset({"poor_fit", "worse_than_frozen"})
"""Diagnoses that speak against the base model (R59, R60)."""
WEAKEST = 3
LABELS = frozenset(
    {"labels.spelling", "labels.rare_neighbour", "labels.placeholder", "labels.several"}
)
"""Findings that name labels which are no classes."""
OVERRIDE = (
    "Test it as it is, by a named override that every report shows from then on: "
    '`rungwise test --override validation_settled --by NAME --role ROLE --reason "…"`.'
)
AS_IT_IS = (
    "Test it as it is: `rungwise test`. The rows do not settle it, so a go decision may have to "
    "accept what the test says."
)


def choices(
    task: Task,
    selected: Evidence | None,
    attempts: Sequence[Evidence],
    diagnoses: Mapping[str, tuple[Finding, ...]],
    greater: bool | None = None,
    findings: Sequence[Finding] = (),
    *,
    held: bool = True,
    rows: str = "",
    poor_base: bool = False,
    late: Sequence[str] = (),
) -> tuple[str, ...]:
    """The ways on below the target, likeliest first; empty where the target is met.

    Labels that are none come before everything, if `findings` of audits name some; then more time,
    if rungs came too `late` to be tried; then more data,
    another base (first for a `poor_base`, or where a diagnosis speaks against this one), a lower
    target on record, a named override; where the test is not `held`, the test. `greater` says which
    way the metric points; None leaves it to the metric's name. `rows` says how many new ones would
    help.
    """
    if greater is None:
        from rungwise.evaluation.metrics import find

        greater = find(task.task.metric).greater
    if selected is None or reaches(selected.goal.value, task.task.target, greater):
        return ()
    odd = [one for one in findings if one.code in LABELS]
    doubtful = {label for one in odd for label in one.numbers.get("labels", {})}
    data, base = f"{_more_data(task, selected, doubtful)} {rows}".strip(), _another_base(task)
    suspected = poor_base or speaks_against_base(attempts, diagnoses)
    return (
        *([_mend_labels(odd)] if odd else []),
        *([_more_time(late)] if late else []),
        *((base, data) if suspected else (data, base)),
        _lower_target(selected.goal, greater),
        OVERRIDE if held else AS_IT_IS,
    )


def after_the_test(
    task: Task, goal: Measurement, held: Verdict | None, greater: bool, rows: str = ""
) -> tuple[str, ...]:
    """The ways on after a test that does not confirm the target, likeliest first.

    Args:
        task: Its target is in question.
        goal: What the test said.
        held: The verdict that holds the release; None where a go decision may accept it.
        greater: Whether a larger value is better.
        rows: How many new rows would help.
    """
    if held is not None and held.code != CONFIRMS:
        return (_override_of(held.code),)
    more = f"{_unseen_rows(task)} {rows}".strip()
    lower = f"{_lower_target(goal, greater)} The rows were seen, so a person accepts it by name."
    if held is not None and held.numbers.get("go_rows"):  # a lower target would be held as well
        return more, _override_of(held.code)
    if held is not None:
        ways = (lower, more) if rows.startswith(CANNOT) else (more, lower)
        return *ways, _override_of(held.code)
    option = "--down-to LOW" if greater else "--up-to HIGH"
    accept = (
        f"Accept it by name: `rungwise ship --go {option} --by NAME --role ROLE --reason "
        '"…"`, with the end of the test\'s interval as it is printed.'
    )
    if reaches(goal.value, task.task.target, greater):
        return accept, more, lower
    return (lower, accept, more) if rows.startswith(CANNOT) else (more, lower, accept)


MORE_ROOM = (
    "More room for an answer: raise `generation.max_tokens` in rungwise.yaml, or leave it out, so "
    "that it follows from what the model writes. Then `rungwise run`."
)


def were_cut(earned: Verdict | None) -> str:
    """Why more room comes before another base or tuning (R34); "" unless most failures were cut."""
    if earned is None or earned.verdict != "hold":
        return ""
    style = earned.numbers.get("triggers", {}).get("style", {})
    if style.get("standing") != "unknown" or 2 * style.get("cut", 0) <= style.get("failures", 0):
        return ""
    return (
        f"{style['cut']:,} of {style['failures']:,} failures were cut at the longest answer, so "
        "what they would have said is not known: give more room first."
    )


def says_something_wrong(earned: Verdict | None) -> str:
    """Why the base is what to change, as the gate `tuning_earned` has it (R34, R59).

    Returns "" unless it holds, and most failures say something wrong.
    """
    if earned is None or earned.verdict != "hold":
        return ""
    style = earned.numbers.get("triggers", {}).get("style", {})
    if not style.get("says_something_wrong"):
        return ""
    return (
        f"{style['of_content']:,} of {style['failures']:,} failures say something wrong, which "
        "training how answers are written does not mend: change the base, or give it what it lacks."
    )


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


def _override_of(gate: str) -> str:
    return (
        "Ship it as it is, by a named override that every report shows from then on: "
        f'`rungwise ship --override {gate} --by NAME --role ROLE --reason "…"`.'
    )


def _mend_labels(findings: Sequence[Finding]) -> str:
    codes = [one.code for one in findings]
    told = codes[0] if len(codes) == 1 else f"{', '.join(codes[:-1])} and {codes[-1]}"
    verb = "is" if len(codes) == 1 else "are"
    return (
        f"Mend the labels first: {told} {verb} open. `rungwise audit` says what to do about each, "
        "then `rungwise run`."
    )


def _more_time(late: Sequence[str]) -> str:
    told = late[0] if len(late) == 1 else f"{', '.join(late[:-1])} and {late[-1]}"
    verb = "was" if len(late) == 1 else "were"
    return (
        f"More time: {told} {verb} not tried, as the time to settle it was used up. Raise "
        "`settle_seconds` under `policy:` in rungwise.yaml, then `rungwise run`."
    )


def _more_data(task: Task, selected: Evidence, doubtful: Collection[str]) -> str:
    recalls = [
        one
        for one in selected.per_class
        if one.metric.startswith("recall[")
        and one.rows
        and one.value < 1
        and _label(one) not in doubtful
    ]
    weakest = sorted(recalls, key=lambda one: one.value)[:WEAKEST]
    named = ", ".join(f"{_label(one)} ({one.value:.2f})" for one in weakest)
    where = f", first for the classes with the lowest recall: {named}" if named else ""
    return (
        f"More or cleaner data{where}. Join new rows with `rungwise add FILE`, or correct those in "
        f"{task.data.source}, then `rungwise run`."
    )


def _unseen_rows(task: Task) -> str:
    joins = "More rows: `rungwise add FILE` joins labelled rows"
    if task.data.test is None:
        return f"{joins}, and new ones count as unseen."
    return (
        f"{joins} to learn from. The test part stays your file {task.data.test}, which was seen: "
        "name a file of new rows under `test:` in the section `data:` of rungwise.yaml, then "
        "`rungwise run`."
    )


def _label(recall: Measurement) -> str:
    return recall.metric[len("recall[") : -1]


def _another_base(task: Task) -> str:
    tried = ", ".join(task.models)
    return (
        f"Another base model, nearer to this domain than {tried}. Name it under `models:` in "
        "rungwise.yaml, then `rungwise run`."
    )


def _lower_target(goal: Measurement, greater: bool) -> str:
    end = goal.low if greater else goal.high
    supported = _two_digits(goal.value if end is None else end, downwards=greater)
    easier = "lower target" if greater else "higher limit"
    return (
        f"A {easier}, on record: this attempt's interval supports {supported:g}. Set "
        f"`target: {supported:g}` under `task:` in rungwise.yaml, then `rungwise run`."
    )


def _two_digits(value: float, *, downwards: bool) -> float:
    """The value to two significant digits, on the side that promises less."""
    if value == 0:
        return 0.0
    places = 1 - math.floor(math.log10(abs(value)))
    scale = 10.0**places
    rounded = (math.floor if downwards else math.ceil)(round(value * scale, 6))
    return round(rounded / scale, places)
