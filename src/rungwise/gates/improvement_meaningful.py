"""What was trained is so much better than what trains nothing that it was worth it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rungwise.evaluation import figures
from rungwise.evaluation.standing import baseline, clears, reaches, tunes
from rungwise.evaluation.wording import settling, standing
from rungwise.percent import percent
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Ruling, Verdict
from rungwise.rules import rules_of

if TYPE_CHECKING:
    from rungwise.evaluation.paired import Comparison

VERDICT = partial(Verdict, "improvement_meaningful", "R66")


class ImprovementMeaningful:
    """Passes a relative gain, or a reduction of the error, that is meaningful (R66, R67, C1)."""

    requirement = "R66"
    title = "The improvement over the baseline is meaningful"
    before = ("test",)

    def judge(self, context: GateContext) -> Verdict:
        """Compare the selected attempt with the baseline on the same validation rows.

        Less than a meaningful gain asks for an audit before more compute. No more follows once
        tuning has closed the whole gap to the target.
        """
        chosen, reference = context.selected, baseline(context.attempts, context.greater)
        if chosen is None:
            return VERDICT("not_applicable", "No attempt is selected yet.")
        first_rules = rules_of(context.split) < 2
        if not chosen.trains or not (first_rules or tunes(chosen)):
            what = "tunes no base model" if chosen.trains else "trains nothing"
            reason = f"{standing(chosen)} {what}: there is no tuning to justify."
            return VERDICT("not_applicable", reason)
        if reference is None:
            return VERDICT("hold", "There is no baseline to improve on.")
        from rungwise.evaluation.on_record import compare_attempts

        threshold = context.task.policy.improvement
        found = compare_attempts(context, reference, chosen)
        numbers = _numbers(found, threshold)
        shared = "" if found.rows == reference.goal.rows else " that both answered"
        told = (
            f"{standing(chosen)} against the baseline, {standing(reference)}: {_told(found)}, "
            f"difference {_difference(found, chosen)} on {found.rows:,} rows{shared}"
        )
        if not tunes(chosen) and found.difference > 0:
            reason = f"{told}. No base model is tuned, so meeting the target is enough."
            return VERDICT("not_applicable", reason, numbers)
        ruling, because = _weigh(found, threshold, _scale(found, context, reference))
        if ruling != "pass" and not first_rules and _closes_the_gap(reference, chosen, context):
            reason = f"{told}. The whole interval meets the target, and the baseline misses it."
            return VERDICT("not_applicable", reason, numbers)
        return VERDICT(ruling, f"{told}{because}", numbers)


def _closes_the_gap(reference: Evidence, chosen: Evidence, context: GateContext) -> bool:
    """Whether tuning is justified by the target: the baseline misses it, the whole interval of
    what was tuned meets it (R43, R63).
    """
    target, greater = context.task.task.target, context.greater
    missed = not reaches(reference.goal.value, target, greater)
    return missed and chosen.goal.low is not None and clears(chosen.goal, target, greater)


def _weigh(found: Comparison, threshold: float, scale: float) -> tuple[Ruling, str]:
    if found.low > 0 and scale * found.difference >= threshold:
        return "pass", f"; {percent(threshold)} is meaningful."
    if found.settled or scale * found.high < threshold:
        what = "" if found.settled else "even at the best end of the interval "
        return "hold", (
            f"; {what}{percent(threshold)} is not reached. An audit of the data comes before more "
            "compute."
        )
    return "inconclusive", f": the interval holds zero. {settling(found.rows_to_settle)}"


def _scale(found: Comparison, context: GateContext, reference: Evidence) -> float:
    """A difference times this is the larger of relative gain and error reduction (C1)."""
    if found.difference:
        ratios = [one for one in (found.relative_gain, found.error_reduction) if one is not None]
        return max((ratio / found.difference for ratio in ratios), default=0.0)
    from rungwise.evaluation.on_record import goal_metric

    value, best = reference.goal.value, goal_metric(context).best
    sizes = [abs(value), 0.0 if best is None else abs(best - value)]
    return max((1 / size for size in sizes if size), default=0.0)


def _told(found: Comparison) -> str:
    gain = "no relative gain (the baseline is 0)"
    if found.relative_gain is not None:
        gain = f"relative gain {percent(found.relative_gain, 1, signed=True)}"
    reduction = "no error reduction (the baseline makes no error, or the metric has no best value)"
    if found.error_reduction is not None:
        reduction = f"error reduction {percent(found.error_reduction, 1, signed=True)}"
    return f"{gain}, {reduction}"


def _numbers(found: Comparison, threshold: float) -> dict[str, float | int | None]:
    return {
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "relative_gain": found.relative_gain,
        "error_reduction": found.error_reduction,
        "p_value": found.p_value,
        "rows": found.rows,
        "rows_to_settle": found.rows_to_settle,
        "threshold": threshold,
    }


def _difference(found: Comparison, chosen: Evidence) -> str:
    ends = found.low, found.high
    return figures.difference(found.difference, ends, chosen.goal.metric, found.rows)
