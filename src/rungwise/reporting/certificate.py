"""What is certified of the answers that a release gives without a person, as it stands today."""

from __future__ import annotations

from dataclasses import replace

from rungwise.decision_rule import Certificate
from rungwise.ledger.state import State


def certificate(state: State) -> Certificate | None:
    """What the newest test said of the threshold for review, as it stands today.

    What was certified is an estimate once a check of a release with it has confirmed drift.
    """
    test = state.test
    if test is None or test.review is None or test.review.verdict != "certified":
        return test.review if test is not None else None
    versions = {one.version for one in state.releases if one.attempt == test.attempt}
    drifted = (
        one
        for one in state.checks
        if one.version in versions and one.alarm and one.shift != "harmless"
    )
    if (found := next(drifted, None)) is None:
        return test.review
    reason = (
        f"An estimate since the check of {found.day[:10]} confirmed drift. When it was tested: "
        f"{test.review.reason}"
    )
    return replace(test.review, verdict="estimate", reason=reason)
