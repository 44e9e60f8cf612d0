"""What follows from all that is on record: the move, the reason, and the command that comes next.

The one place that decides it: `status`, `run`, `decide`, the report and the checklist show what it
says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rungwise.decisions.another_base import needed
from rungwise.decisions.go_no_go import CONFIRMS, left_open
from rungwise.decisions.holding import held_before
from rungwise.decisions.more_rows import more_rows, no_result_confirms, rows_for_a_go
from rungwise.decisions.next_step import (
    MORE_ROOM,
    after_the_test,
    choices,
    says_something_wrong,
    speaks_against_base,
    were_cut,
)
from rungwise.decisions.retrieval_first import because, misses_what_would_help, ways_to_find_more
from rungwise.decisions.watching import Duty
from rungwise.evaluation.attempt_names import named
from rungwise.evaluation.base_fit import is_far
from rungwise.evaluation.labels_as_texts import CLASSIFY, LABELS, advice
from rungwise.evaluation.standing import (
    best,
    best_copy,
    reaches,
    straddles,
    suffices,
    tunes,
    within_standard_error,
)
from rungwise.evaluation.wording import BELOW_TARGET, measured, released, wanted
from rungwise.protocols import GateContext
from rungwise.records import (
    MERGES,
    Evidence,
    Finding,
    Measurement,
    ReleaseRecord,
    TestResult,
    Verdict,
)
from rungwise.rules import rules_of

TOO_CLOSE = "The miss is within one standard error, so the test may go either way."
Move = Literal[
    "stop",
    "go on",
    "go or no-go",
    "back to the data",
    "change the base",
    "improve retrieval",
    "watch",
]


@dataclass(frozen=True, slots=True)
class Direction:
    """Where to go from here.

    Attributes:
        move: In a word or two.
        reason: Why, in sentences with the numbers.
        command: The verb that comes next, and its arguments; no gate on record refuses it.
        ways: Where a person has to choose: what can be done, likeliest first, with the commands.
    """

    move: Move
    reason: str
    command: tuple[str, ...] = ("run",)
    ways: tuple[str, ...] = ()


def decide(
    context: GateContext,
    verdicts: Iterable[Verdict],
    *,
    unfinished: bool = False,
    duty: Duty | None = None,
) -> Direction:
    """The direction that the record points to (R57–R70).

    Args:
        context: What is on record.
        verdicts: Of every gate, overrides and go decisions applied; those absent are not consulted.
        unfinished: Whether a look at the test part was interrupted; it is finished first.
        duty: What is due of the release in production; None if nothing is.
    """
    said = {verdict.code: verdict for verdict in verdicts}
    test, chosen = context.test, context.selected
    if context.split is None:
        return _to_split(context, said)
    if test is not None and chosen is not None and test.attempt == chosen.id:
        return _tested(test, context, said, duty)
    if chosen is not None and ready(context) and _blocking(said) is None:
        return _on_target(chosen, context, said, unfinished=unfinished)
    return _climbing(chosen, context, said)


def verdict_line(context: GateContext, verdicts: Iterable[Verdict]) -> str:
    """The direction in one line, such as `Stop: frozen has accuracy 0.9121 …`."""
    return line(decide(context, verdicts))


def line(direction: Direction) -> str:
    """Its move and reason."""
    return f"{direction.move.capitalize()}: {direction.reason}"


def ready(context: GateContext) -> bool:
    """Whether the climb is over and the test comes next.

    By what suffices or, with no rung left, by a value that reaches the target. One that misses it
    may be too close to call, which is for the test and the go decision (C9).
    """
    chosen, target = context.selected, context.task.task.target
    if chosen is None:
        return False
    if not reaches(chosen.goal.value, target, context.greater):
        return not context.remaining and too_close(context)
    enough = suffices(chosen, target, context.greater, _rules(context), context.attempts)
    return enough or not context.remaining


def too_close(context: GateContext) -> bool:
    """Whether the selected attempt misses the target by no more than chance may do.

    Its interval holds the target, and its value is within one standard error of it, or of another
    attempt that reaches it. By the first rules the value alone decides.
    """
    chosen, target = context.selected, context.task.task.target
    if chosen is None or _rules(context) < 2 or chosen.goal.low is None:
        return False
    if not straddles(chosen.goal, target):
        return False
    first = best(context.attempts, context.greater)
    reached = first is not None and reaches(first.goal.value, target, context.greater)
    return reached or within_standard_error(chosen.goal, target)


def _climbing(chosen: Evidence | None, context: GateContext, said: dict[str, Verdict]) -> Direction:
    if (blocking := _blocking(said)) is not None:
        accepted = _acceptable(context.findings)
        command = ("curate", "--accept", accepted) if accepted else ("audit",)
        return Direction("back to the data", blocking.reason, command)
    if context.audited and (held := held_before(said.values(), "climb", _rules(context))):
        return Direction("back to the data", held.reason, ("audit",))
    if chosen is not None:
        return _below_target(chosen, context, said)
    first = best(context.attempts, context.greater)
    if first is None:
        return Direction("go on", "Nothing was measured yet.")
    return _nothing_right(first, context, said)


def _blocking(said: dict[str, Verdict]) -> Verdict | None:
    """The verdict of the audits, if a finding blocks."""
    audited = said.get("data_audited")
    held = audited is not None and audited.verdict == "hold" and audited.numbers.get("blocking")
    return audited if held else None


def _to_split(context: GateContext, said: dict[str, Verdict]) -> Direction:
    if held := held_before(said.values(), "split", _rules(context)):
        return Direction("go on", held.reason, ("checklist",))
    return Direction("go on", "Nothing is split yet.")


def _tested(
    test: TestResult, context: GateContext, said: dict[str, Verdict], duty: Duty | None
) -> Direction:
    if (release := _release(context)) is not None:
        if duty is not None:
            return Direction(
                "watch", f"{_shipped(release, test, context)} {duty.reason}", duty.command
            )
        return Direction("stop", _shipped(release, test, context), ("predict",))
    rows = _more_rows(test.goal, context)
    if held := held_before(said.values(), "ship", _rules(context)):
        if held.numbers.get("go_rows") and context.split is not None:
            rows = f"{rows} {rows_for_a_go(context.task, context.split, test.goal)}".strip()
        ways = after_the_test(context.task, test.goal, held, context.greater, rows)
        return Direction("back to the data", held.reason, ("report",), ways)
    if asked := left_open(said.values(), _rules(context)):
        ways = after_the_test(context.task, test.goal, None, context.greater, rows)
        return Direction("go or no-go", _asked(asked, test, context), ("ship",), ways)
    confirms = said.get(CONFIRMS)
    reason = confirms.reason if confirms is not None else f"{measured(test.goal)}."
    copied = f" {_copied_beside(context)}".rstrip()
    return Direction("stop", f"{reason}{copied} Next is the release.", ("ship",))


def _asked(asked: tuple[Verdict, ...], test: TestResult, context: GateContext) -> str:
    told = " ".join(one.reason for one in asked)
    below = ""
    if not reaches(test.goal.value, context.task.task.target, context.greater):
        below = f" The test value misses the target: it would be {BELOW_TARGET}."
    below += f" {_copied_beside(context)}".rstrip()
    return f"{told}{below} A person who has read the report decides."


def _shipped(release: ReleaseRecord, test: TestResult, context: GateContext) -> str:
    told = released(f"{release.version} is released", below_target=release.below_target)
    told += f". On the test part it has {measured(test.goal)}; {_wanted(context)} is asked."
    return f"{told} {_copied_beside(context)}".rstrip()


def _release(context: GateContext) -> ReleaseRecord | None:
    """The newest release of the selected attempt."""
    chosen = context.selected
    mine = [one for one in context.releases if chosen is not None and one.attempt == chosen.id]
    return mine[-1] if mine else None


def _acceptable(findings: Iterable[Finding]) -> str:
    """The first finding that blocks and can be curated away, as `--accept` takes it, or ""."""
    for finding in findings:
        if finding.severity == "block" and finding.points_into("train"):
            if MERGES in finding.numbers:
                return f"{finding.code}=merge"
            return finding.code + ("=redact" if finding.code.startswith("personal.") else "")
    return ""


def _on_target(
    chosen: Evidence, context: GateContext, said: dict[str, Verdict], *, unfinished: bool
) -> Direction:
    if not unfinished and (held := held_before(said.values(), "test", _rules(context))):
        return Direction("back to the data", held.reason, ("report",))
    settled = said.get("validation_settled")
    told = f"{named(chosen)} has {measured(chosen.goal)}; {_wanted(context)} is asked."
    if settled is not None and settled.verdict == "inconclusive":
        told = settled.reason
    few = no_result_confirms(context.task, context.split) if context.split else ""
    told = " ".join(filter(None, (told, _copied(chosen, context), _labels(said), few)))
    if reaches(chosen.goal.value, context.task.task.target, context.greater):
        return Direction("stop", f"{told} Next is the test.", ("test",))
    *others, tested = _choices(chosen, context, held=False)
    reason = f"{told} {TOO_CLOSE} Next is the test."
    return Direction("stop", reason, ("test",), (tested, *others))


def _below_target(chosen: Evidence, context: GateContext, said: dict[str, Verdict]) -> Direction:
    best = f"The best is {named(chosen)} with {measured(chosen.goal)}; {_wanted(context)} is asked"
    if copied := _copied(chosen, context):
        best = f"{best}. {copied[:-1]}"
    if (found := _before_more_rungs(best, context, said)) is not None:
        return found
    wrong = says_something_wrong(said.get("tuning_earned"))
    if wrong and not any(tunes(one) for one in context.attempts):
        ways = _choices(chosen, context, held=False, poor_base=True)
        return Direction("change the base", f"{best}. {wrong}", ("report",), ways)
    if context.remaining:
        return Direction("go on", f"{best}, and rungs remain: {', '.join(context.remaining)}.")
    heard, held = _heard(chosen, context), held_before(said.values(), "test", _rules(context))
    ways = _choices(chosen, context, held=held is not None)
    if speaks_against_base(context.attempts, context.diagnoses):
        reason = f"{best}, and tuning adds nothing to this base. {heard}".strip()
        return Direction("change the base", reason, ("report",), ways)
    left = "there was no time for another rung" if context.late else "no rung remains"
    reason = f"{best}, and {left}. {heard}".strip()
    return Direction("back to the data", reason, ("report",), ways)


def _labels(said: dict[str, Verdict]) -> str:
    """What to do if the texts that are asked for are labels; else "" """
    earned = said.get("tuning_earned")
    return advice(**earned.numbers[LABELS]) if earned and earned.numbers.get(LABELS) else ""


def _before_more_rungs(
    told: str, context: GateContext, said: dict[str, Verdict]
) -> Direction | None:
    """What comes before another rung of a language model: another kind of task, base or search."""
    if labels := _labels(said):
        return Direction("back to the data", f"{told}. {labels}", ("report",), (CLASSIFY,))
    if context.probe is not None and is_far(context):
        reason = f"{told}. {context.probe.reason}"
        return Direction("change the base", reason, ("report",), needed(context.probe))
    if misses_what_would_help(said.get("tuning_earned")):
        reason = f"{told}. {because(said['tuning_earned'])}"
        ways = ways_to_find_more(said["tuning_earned"])
        return Direction("improve retrieval", reason, ("report",), ways)
    if reason := were_cut(said.get("tuning_earned")):
        return Direction("go on", f"{told}. {reason}", ("report",), (MORE_ROOM,))
    return None


def _nothing_right(first: Evidence, context: GateContext, said: dict[str, Verdict]) -> Direction:
    """No attempt is selected, as the best of them has the worst value that there is."""
    told = (
        f"Nothing is right yet, so no attempt is selected: the best, {named(first)}, has "
        f"{measured(first.goal)}; {_wanted(context)} is asked"
    )
    if (found := _before_more_rungs(told, context, said)) is not None:
        return found
    if wrong := says_something_wrong(said.get("tuning_earned")):
        ways = _choices(first, context, held=True, poor_base=True)[:-2]
        return Direction("change the base", f"{told}. {wrong}", ("report",), ways)
    if context.remaining:
        return Direction("go on", f"{told}, and rungs remain: {', '.join(context.remaining)}.")
    *mended, data, base = _choices(first, context, held=True)[:-2]
    if speaks_against_base(context.attempts, context.diagnoses):
        data, base = base, data
    return Direction(
        "change the base", f"{told}, and no rung remains.", ("report",), (*mended, base, data)
    )


def _choices(
    chosen: Evidence, context: GateContext, *, held: bool, poor_base: bool = False
) -> tuple[str, ...]:
    return choices(
        context.task,
        chosen,
        context.attempts,
        context.diagnoses,
        context.greater,
        context.findings,
        held=held,
        poor_base=poor_base,
        rows=_more_rows(chosen.goal, context),
        late=context.late,
    )


def _copied(chosen: Evidence, context: GateContext) -> str:
    """What copying reaches, beside what was selected; "" where it copies itself, or nothing does.

    How far the two lie apart, row by row, the gate `baseline_recorded` says.
    """
    copied = best_copy(context.attempts, context.greater)
    if copied is None or copied.id == chosen.id:
        return ""
    return f"Copying alone has {measured(copied.goal)} ({copied.rung})."


def _copied_beside(context: GateContext) -> str:
    """The same beside what was tested or released."""
    return _copied(context.selected, context) if context.selected is not None else ""


def _more_rows(goal: Measurement, context: GateContext) -> str:
    if context.split is None:
        return ""
    low, high = context.bounds
    best = high if context.greater else low
    return more_rows(context.task, context.split, goal, best, greater=context.greater)


def _heard(chosen: Evidence, context: GateContext) -> str:
    """The headline diagnosis of the selected attempt; what to do about it is one of the ways."""
    findings = context.diagnoses.get(chosen.id, ())
    if not findings:
        return ""
    title, again = findings[0].title.rstrip("."), measured(chosen.goal)  # was said just before
    return f"It{title.removeprefix(again)}." if title.startswith(f"{again} ") else f"{title}."


def _wanted(context: GateContext) -> str:
    return wanted(context.task.task.target, context.greater, context.task.task.metric)


def _rules(context: GateContext) -> int:
    return rules_of(context.split)
