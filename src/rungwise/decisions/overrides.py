"""What a named person's override does to a verdict (R4, C7): it opens one gate for one subject.

An override never makes a verdict pass: it is shown as overridden from then on, with who, in
which role, and why. It is bound to its subject, so another attempt or another split has to be
answered for again.

A verdict may ask for more than one (`overrides_needed` among its numbers): the gate `test_once`
does, so that each override opens exactly one further look at the test part.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from rungwise.records import Override, Verdict

OPENED = frozenset({"hold", "inconclusive"})


def apply(verdict: Verdict, overrides: Sequence[Override], subject: str) -> Verdict:
    """The verdict after overrides of this gate for this subject; others change nothing.

    Its numbers gain `overridden_by` (name, role, reason, time) and `verdict_before`.
    """
    mine = [one for one in overrides if one.gate == verdict.code and one.subject == subject]
    if verdict.verdict not in OPENED or len(mine) < verdict.numbers.get("overrides_needed", 1):
        return verdict
    last = mine[-1]
    person = {"name": last.name, "role": last.role, "reason": last.reason, "time": last.time}
    own_words = last.reason.rstrip(".")
    return dataclasses.replace(
        verdict,
        verdict="overridden",
        reason=f"Overridden by {last.name} ({last.role}): {own_words}. {verdict.reason}",
        numbers={**verdict.numbers, "overridden_by": person, "verdict_before": verdict.verdict},
    )
