"""Before anything is tuned, the best that trains nothing is on record to compare with."""

from __future__ import annotations

from functools import partial

from rungwise.evaluation.standing import baseline
from rungwise.evaluation.wording import counted, measured
from rungwise.protocols import GateContext
from rungwise.records import Verdict

VERDICT = partial(Verdict, "baseline_recorded", "R33")


class BaselineRecorded:
    """Holds until a rung that trains nothing was measured (R29, R33, C2)."""

    requirement = "R33"
    title = "The baseline that trains nothing is on record"
    before = ("tune", "full")

    def judge(self, context: GateContext) -> Verdict:
        """Hold without a baseline; pass with its value and interval."""
        found = baseline(context.attempts, context.greater)
        if found is None:
            return VERDICT(
                "hold",
                "0 rungs that train nothing were measured, so nothing shows what tuning would "
                "add. `rungwise climb` starts with them.",
                {"baselines": 0},
            )
        tried = sorted({one.rung for one in context.attempts if not one.trains})
        return VERDICT(
            "pass",
            f"The baseline is {found.rung}, {measured(found.goal)}: the best of "
            f"{counted(len(tried), 'rung')} without training ({', '.join(tried)}).",
            {"baseline": found.id, "value": found.goal.value, "baselines": len(tried)},
        )
