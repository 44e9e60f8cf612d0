"""Where cheaper tuning has closed most of the gap to the target, full tuning is not begun."""

from __future__ import annotations

from functools import partial

from rungwise.evaluation import figures
from rungwise.evaluation.standing import baseline, best, reaches
from rungwise.evaluation.wording import settling, standing
from rungwise.percent import estimate, percent
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Verdict

VERDICT = partial(Verdict, "gap_closed", "R63")
FULL, FROZEN = "full", "frozen"


class GapClosed:
    """Holds full tuning where less has closed 80 percent of the gap (R62, R63, C2)."""

    requirement = "R63"
    title = "The gap that is left asks for full tuning"
    before = ("full",)

    def judge(self, context: GateContext) -> Verdict:
        """Hold when the gap is closed; inconclusive when its interval holds the threshold."""
        target, share = context.task.task.target, context.task.policy.gap_closed
        asked = figures.goal(target, context.task.task.metric)
        reference = baseline(context.attempts, context.greater)
        if reference is None:
            return VERDICT("hold", "There is no baseline to measure the gap from.")
        if reaches(reference.goal.value, target, context.greater):
            reason = f"The baseline, {standing(reference)}, meets the target {asked}: no gap."
            return VERDICT("not_applicable", reason, {"target": target})
        tuned = best(
            (one for one in context.attempts if one.trains and one.rung != FULL), context.greater
        )
        if tuned is None:
            return VERDICT("hold", "Nothing cheaper than full tuning was trained yet.")
        from rungwise.evaluation.on_record import gap_closed

        gap = gap_closed(context, reference, tuned, share)
        numbers = {
            "closed": gap.closed, "low": gap.low, "high": gap.high, "threshold": share,
            "rows": gap.rows, "baseline": reference.goal.value, "tuned": tuned.goal.value,
            "target": target, "over_frozen": _over_frozen(context, tuned),
        }  # fmt: skip
        told = (
            f"{standing(tuned)} closes {estimate(gap.closed, gap.low, gap.high)} of the gap "
            f"from the baseline, {standing(reference)}, to the target {asked}"
            f"{_told_over_frozen(numbers['over_frozen'], tuned)}"
        )
        if gap.low >= share:
            reason = f"{told}: {percent(share)} is enough, stop there."
            return VERDICT("hold", reason, numbers)
        if gap.high < share:
            reason = f"{told}: less than {percent(share)}, so full tuning may be considered."
            return VERDICT("pass", reason, numbers)
        reason = f"{told}; whether that is {percent(share)} is open. {settling(gap.rows_to_settle)}"
        return VERDICT("inconclusive", reason, numbers | {"rows_to_settle": gap.rows_to_settle})


def _over_frozen(context: GateContext, tuned: Evidence) -> float | None:
    """How much better the tuned attempt is than frozen features; positive is better (C2, R60)."""
    frozen = best((one for one in context.attempts if one.rung == FROZEN), context.greater)
    if frozen is None or frozen.id == tuned.id:
        return None
    gain = tuned.goal.value - frozen.goal.value
    return gain if context.greater else -gain


def _told_over_frozen(gain: float | None, tuned: Evidence) -> str:
    if gain is None:
        return ""
    told = figures.difference(gain, None, tuned.goal.metric, tuned.goal.rows)
    return f", {told} over frozen features"
