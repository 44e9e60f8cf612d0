"""What is left to the go decision: *hold* needs an override, *inconclusive* an acceptance.

A go never makes a verdict pass: it is shown as accepted from then on, with who, in which role, and
why. It is bound to one attempt, one test of it and one target (see `rungwise.go_decision`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from rungwise.decisions.holding import before, place
from rungwise.evaluation.wording import accepted
from rungwise.go_decision import Go
from rungwise.records import TestResult, Verdict
from rungwise.rules import NOW

CONFIRMS = "test_confirms"
ANSWERED = frozenset({"validation_settled", "improvement_meaningful"})
"""Gates whose open question a test answers that confirms the target: whether it is met, and whether
more compute is worth it."""


def accept(
    verdict: Verdict, decisions: Sequence[Go], test: TestResult | None, target: float
) -> Verdict:
    """The verdict after a go decision about this test; one that is not inconclusive stays.

    Its numbers gain `accepted_by` (name, role, reason, time) and `verdict_before`.
    """
    mine = [one for one in decisions if verdict.code in one.accepted and one.is_about(test, target)]
    if verdict.verdict != "inconclusive" or not mine:
        return verdict
    last = mine[-1]
    person = {"name": last.name, "role": last.role, "reason": last.reason, "time": last.time}
    told = f"{last.name} ({last.role}) {accepted(last)}: {last.reason.rstrip('.')}."
    return dataclasses.replace(
        verdict,
        verdict="accepted",
        reason=f"{told} {verdict.reason}",
        numbers={**verdict.numbers, "accepted_by": person, "verdict_before": "inconclusive"},
    )


def confirms(verdicts: Iterable[Verdict]) -> bool:
    """Whether the test confirms the target, or somebody answers for it with an override."""
    return any(one.code == CONFIRMS and one.verdict in ("pass", "overridden") for one in verdicts)


def left_open(verdicts: Iterable[Verdict], rules: int = NOW) -> tuple[Verdict, ...]:
    """The inconclusive verdicts that a go decision has to accept before a release, in order.

    What validation left open is settled once the test confirms the target. By the first rules the
    gates before the test were answered for when it was opened.
    """
    steps = {"ship"} if rules < 2 else {"test", "ship"}
    verdicts = sorted(
        (one for one in verdicts if steps.intersection(before(one.code))),
        key=lambda one: place(one.code),
    )
    confirmed = confirms(verdicts)
    return tuple(
        one
        for one in verdicts
        if one.verdict == "inconclusive" and not (confirmed and one.code in ANSWERED)
    )
