"""Which verdicts still matter: a gate before a step that nobody needs any more holds nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rungwise.decisions.go_no_go import ANSWERED
from rungwise.decisions.holding import EXPORT, STEPS
from rungwise.evaluation.wording import times
from rungwise.records import Verdict

STOPPING = frozenset({"hold", "inconclusive"})
TUNING = frozenset({"tune", "full"})
"""Steps that end with the climb."""
NOT_NEEDED = "Not needed: "


def is_early(verdict: Verdict, before: Collection[str], present: str) -> bool:
    """Whether a gate holds only because its step has not come: it is shown as *not yet*.

    The ledger and JSON keep the ruling.

    Args:
        verdict: As it stands on record.
        before: The steps that its gate stands before.
        present: The step that the task is at; "released" after the last, "" where it is unknown.
    """
    if verdict.verdict not in STOPPING or not before or not present:
        return False
    if verdict.code == EXPORT:  # its evidence is made by `ship` itself
        return not verdict.numbers
    places = [STEPS.index(step) for step in STEPS if step in before]
    return present in STEPS and bool(places) and min(places) > STEPS.index(present)


def as_needed(
    verdict: Verdict,
    before: Collection[str],
    reached_by: str,
    looks: int,
    *,
    confirmed: bool = False,
) -> Verdict:
    """A verdict as it is shown: *not applicable* if its step is needed no more.

    The ledger keeps the verdict as it was judged; a step that is asked for is still refused.

    Args:
        verdict: As it stands on record.
        before: The steps that its gate stands before.
        reached_by: The rung with which the climb is over; "" while it goes on.
        looks: How often the test part was opened.
        confirmed: Whether the test answers what validation left open.
    """
    if verdict.verdict not in STOPPING:
        return verdict
    if before and TUNING.issuperset(before) and reached_by:
        reason = f"{reached_by} ended the climb, so nothing more is tuned."
    elif verdict.code == "test_once" and looks:
        reason = f"the test part was opened {times(looks)}. A further look needs a named override."
    elif verdict.code in ANSWERED and verdict.verdict == "inconclusive" and confirmed:
        reason = "the test has answered what validation left open."
    else:
        return verdict
    return replace(verdict, verdict="not_applicable", reason=NOT_NEEDED + reason)
