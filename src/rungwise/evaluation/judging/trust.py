"""Whether a judge may be believed: its agreement with people, against what the policy asks (R14).

A judge is compared, so an interval is read (C3): it is trusted where the low end of its kappa's
interval reaches `policy.judge_kappa`. A value above it whose interval reaches below is no proof.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rungwise.evaluation.judging.judge import Values, Verdicts
from rungwise.evaluation.kappa import Kappa, kappa_interval
from rungwise.evaluation.proportions import rows_to_settle
from rungwise.policy import Policy


@dataclass(frozen=True, slots=True)
class Trust:
    """A ruling on a judge.

    Attributes:
        kappa: Its agreement with people; None where it is undefined.
        trusted: Whether it may be believed.
        reason: One sentence with the numbers.
    """

    kappa: Kappa | None
    trusted: bool
    reason: str


def trust(people: Values, verdicts: Verdicts, policy: Policy, *, pairs: bool = False) -> Trust:
    """Rule on a judge by items that people have labelled.

    Args:
        people: What they said (n), in the values of the verdicts.
        verdicts: What the judge said of the same items (n).
        policy: `judge_kappa`, and how an interval is made.
        pairs: They are preferences, which are names; else points of a scale, whose distance counts.
    """
    read = ~np.isnan(verdicts.values)
    least = policy.judge_kappa
    both = people[read], verdicts.values[read]
    found = kappa_interval(*both, policy, names=pairs) if read.any() else None
    if found is None:
        return Trust(
            None,
            False,
            f"Its kappa with people is undefined on {int(read.sum()):,} items: one of the two "
            "always says the same, or there is no verdict",
        )
    said = (
        f"Its kappa with people is {found.value:.2f} [{found.low:.2f}, {found.high:.2f}] on "
        f"{found.items:,} items, where at least {least:g} is asked"
    )
    if found.low >= least:
        return Trust(found, True, said)
    if found.high < least:
        return Trust(found, False, said)
    needed = rows_to_settle(found.value, found.low, found.high, found.items, least)
    more = f"; about {needed:,} items would settle it" if needed else ""
    return Trust(found, False, f"{said}: the interval holds it{more}")
