"""Before anything is tuned, the best that trains nothing is on record to compare with."""

from __future__ import annotations

from functools import partial

from rungwise.evaluation import figures
from rungwise.evaluation.attempt_names import named
from rungwise.evaluation.standing import COPIES, baseline, best_copy
from rungwise.evaluation.wording import counted, measured
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Numbers, Verdict

VERDICT = partial(Verdict, "baseline_recorded", "R33")


class BaselineRecorded:
    """Holds until a rung that trains nothing was measured (R29, R33, C2).

    What copies an answer is named beside it: a model that adds nothing to copying is not needed.
    """

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
        beside, numbers = _copying(context)
        tried = sorted({one.rung for one in context.attempts if not one.trains})
        return VERDICT(
            "pass",
            f"The baseline is {named(found)}, {measured(found.goal)}: the best of "
            f"{counted(len(tried), 'rung')} without training ({', '.join(tried)}).{beside}",
            {
                "baseline": found.id,
                "value": found.goal.value,
                "baselines": len(tried),
                **numbers,
            },
        )


def _copying(context: GateContext) -> tuple[str, Numbers]:
    """What the best answers of a model add to copying, paired; nothing where nothing is copied."""
    copied = best_copy(context.attempts, context.greater)
    asking = [one for one in context.attempts if one.rung not in COPIES]
    asked = baseline(asking, context.greater)
    if copied is None:
        return "", {}
    told = f" {copied.rung} asks no model and has {measured(copied.goal)}"
    if asked is None:
        return "", {"copying": {"attempt": copied.id, "value": copied.goal.value}}
    return _against(context, copied, asked, told)


def _against(
    context: GateContext, copied: Evidence, asked: Evidence, told: str
) -> tuple[str, Numbers]:
    from rungwise.evaluation.on_record import compare_attempts

    found = compare_attempts(context, copied, asked)
    numbers = {
        "attempt": copied.id, "value": copied.goal.value, "against": asked.id,
        "difference": found.difference, "low": found.low, "high": found.high, "rows": found.rows,
    }  # fmt: skip
    ends = found.low, found.high
    gain = figures.difference(found.difference, ends, asked.goal.metric, found.rows)
    behind, ahead = (found.high, found.low) if context.greater else (-found.low, -found.high)
    says = "these rows do not settle whether the model adds anything"
    if ahead > 0:
        says = "the model adds to it"
    elif behind < 0:
        says = "copying is better"
    return f"{told}; {asked.rung} differs by {gain}: {says}.", {"copying": numbers}
