"""Unseen rows confirm what validation promised."""

from __future__ import annotations

from functools import partial

from rungwise.evaluation import figures
from rungwise.evaluation.standing import reaches, rows_needed
from rungwise.evaluation.wording import counted, measured, settling, times, wanted
from rungwise.percent import percent
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Measurement, Numbers, TestResult, Verdict
from rungwise.rules import rules_of

VERDICT = partial(Verdict, "test_confirms", "R65")


class TestConfirms:
    """Passes when the test value and the near end of its interval meet the target (R65, R68)."""

    __test__ = False  # not a test case, whatever its name suggests to pytest

    requirement = "R65"
    title = "The test confirms the target"
    before = ("ship",)

    def judge(self, context: GateContext) -> Verdict:
        """Hold without a test of the selected attempt, or where it misses the target.

        What it leaves open is for the go decision, if it has the rows for one.
        """
        test, chosen = context.test, context.selected
        if test is None:
            return VERDICT("hold", _untested(context))
        if chosen is None or test.attempt != chosen.id:
            return VERDICT("hold", "The last test was of another attempt than the selected one.")
        target, metric = context.task.task.target, context.task.task.metric
        asked = wanted(target, context.greater, metric)
        near, far = _ends(test.goal, context.greater)
        fall = _fall(test, chosen, context)
        numbers = {
            "value": test.goal.value, "low": test.goal.low, "high": test.goal.high,
            "target": target, "rows": test.goal.rows, "unseal": test.unseal, "fall": fall,
            "target_when_seen": context.target_when_seen,
        }  # fmt: skip
        seen = _no_longer_unseen(test)
        told = f"{measured(test.goal, target)}, where {asked} is asked"
        imprecise, unsure = _precision(test, context)
        if imprecise or not reaches(far, target, context.greater):
            why = f"{told}, and {imprecise}" if imprecise else told
            return VERDICT("hold", f"The test misses the target: {why}.{seen}", numbers)
        if not reaches(near, target, context.greater):
            needed = rows_needed(test.goal, target)
            missed = not reaches(test.goal.value, target, context.greater)
            more = settling(needed, "test row", missed=missed)
            reason = f"{told}: its interval holds the target. {more}{seen}"
            return _left_open(context, test, reason, numbers | {"rows_to_settle": needed})
        if doubt := unsure or _doubt(test, chosen, fall, context):
            return _left_open(context, test, f"{told}, but {doubt}{seen}", numbers)
        return VERDICT("pass", f"{told}.{seen}", numbers)


def _precision(test: TestResult, context: GateContext) -> tuple[str, str]:
    """How a precision that is asked for beside recall is missed, and how it is left open; or ""."""
    asked = context.task.task.precision
    if asked is None or test.rule is None or test.rule.least is None:
        return "", ""
    name = f"precision[{test.rule.label}]"
    found = next((one for one in test.per_class if one.metric == name), None)
    if found is None or found.low is None or found.high is None:
        return f"{name} is unknown", ""
    told = f"{measured(found, asked)}, where {wanted(asked, True, name)} is asked"
    if found.high < asked:
        return told, ""
    return "", "" if found.low >= asked else f"{told}: its interval holds that."


def _left_open(context: GateContext, test: TestResult, reason: str, numbers: Numbers) -> Verdict:
    """Inconclusive; by today's rules a hold where the rows are too few for a go decision (C9)."""
    least = context.task.policy.go_rows
    if rules_of(context.split) < 2 or test.goal.rows >= least:
        return VERDICT("inconclusive", reason, numbers)
    few = (
        f"{counted(test.goal.rows, 'test row')} are too few for a go decision, which takes "
        f"{least:,} (`policy.go_rows`)."
    )
    return VERDICT("hold", f"{reason} {few}", {**numbers, "go_rows": least})


def _untested(context: GateContext) -> str:
    """Why there is no test, and what comes first: `rungwise test` only if it may be asked for."""
    if looks := len(context.unsealings):
        return (
            f"The test part was opened {times(looks)}, and not for what is selected "
            "now. A further look needs a named override of test_once."
        )
    chosen, target = context.selected, context.task.task.target
    if chosen is None or not reaches(chosen.goal.value, target, context.greater):
        return "The test part was not opened yet: the target is to be reached on validation first."
    return "The test part was not opened yet: `rungwise test` does it."


def _doubt(test: TestResult, chosen: Evidence, fall: float, context: GateContext) -> str:
    """Why a value that meets the target still does not confirm it, or ""."""
    tolerated = context.task.policy.drop_tolerated
    if fall > tolerated and _apart(test, chosen, context.greater):
        return (
            f"it fell {percent(fall, 1)} below validation, {measured(chosen.goal)}; "
            f"{percent(tolerated)} "
            "is tolerated. Find out why first."
        )
    if _lowered(context):
        return (
            f"the target was {_seen(context)} when the test part was opened: rows "
            "that were seen cannot confirm a target that was chosen after them."
        )
    return ""


def _lowered(context: GateContext) -> bool:
    """Whether the target became easier after the first look."""
    before, now = context.target_when_seen, context.task.task.target
    return before is not None and before != now and not reaches(now, before, context.greater)


def _ends(goal: Measurement, greater: bool) -> tuple[float, float]:
    """The end of the interval nearer to failing, and the other."""
    low = goal.value if goal.low is None else goal.low
    high = goal.value if goal.high is None else goal.high
    return (low, high) if greater else (high, low)


def _fall(test: TestResult, chosen: Evidence, context: GateContext) -> float:
    """How much worse the test is than validation, as a share of the validation value."""
    fall = chosen.goal.value - test.goal.value
    size = abs(chosen.goal.value)
    return (fall if context.greater else -fall) / size if size else 0.0


def _apart(test: TestResult, chosen: Evidence, greater: bool) -> bool:
    """Whether the two intervals do not meet, so that the fall is not chance."""
    worst_of_validation, _ = _ends(chosen.goal, greater)
    _, best_of_test = _ends(test.goal, greater)
    return not reaches(best_of_test, worst_of_validation, greater)


def _no_longer_unseen(test: TestResult) -> str:
    if test.unseal <= 1:
        return ""
    return f" This was look {test.unseal}: the rows are no longer unseen."


def _seen(context: GateContext) -> str:
    return figures.goal(context.target_when_seen or 0.0, context.task.task.metric)
