"""What tuning taught must not have cost what the model could do before."""

from __future__ import annotations

from functools import partial

from rungwise.evaluation.proportions import rows_to_settle
from rungwise.evaluation.wording import COLLECTED, settling, standing
from rungwise.percent import estimate, percent
from rungwise.plugins import kind_of
from rungwise.policy import Policy
from rungwise.protocols import GateContext
from rungwise.records import Numbers, Verdict

VERDICT = partial(Verdict, "forgetting", "R53")


class Forgetting:
    """Holds where the tuned model lost more of a general probe than is tolerated (R53)."""

    requirement = "R53"
    title = "Tuning has not cost general ability"
    before = ("test", "ship")

    def judge(self, context: GateContext) -> Verdict:
        """Hold where the whole interval of a loss lies beyond what is tolerated.

        A loss that is tolerated by its value passes, as probes are small; one that is not and is
        not settled either is inconclusive.
        """
        chosen = context.selected
        if not kind_of(context.task).writes:
            return VERDICT("not_applicable", "A classifier writes nothing that it could unlearn.")
        if chosen is None:
            return VERDICT("not_applicable", "Nothing was measured, so nothing is forgotten.")
        if not chosen.trains:
            reason = f"The best, {standing(chosen)}, trains nothing, so it has forgotten nothing."
            return VERDICT("not_applicable", reason)
        found = chosen.details.get("general")
        if found is None:
            reason = f"{standing(chosen)} was tuned, and 0 general questions were put to it."
            return VERDICT("hold", reason)
        if "excuse" in found:
            return VERDICT("not_applicable", f"{found['excuse']}.")
        return _weighed(found, standing(chosen), context.task.policy)


def _weighed(found: Numbers, told: str, policy: Policy) -> Verdict:
    losses = (
        ("perplexity_rise", policy.perplexity_rise, found["sentences"]),
        ("answers_drop", policy.answers_drop, found["questions"]),
    )
    numbers = {**found, "rise_tolerated": losses[0][1], "drop_tolerated": losses[1][1]}
    told = f"{told}: {_told(found)}; {_allowed(losses[0][1], losses[1][1])}"
    if any(found[name]["low"] > most for name, most, _ in losses):
        return VERDICT("hold", f"{told}. {WAY_ON}", numbers)
    needed = [
        rows_to_settle(one["value"], one["low"], one["high"], items, most)
        for name, most, items in losses
        if (one := found[name])["value"] > most
    ]
    if not needed:
        return VERDICT("pass", f"{told}.", numbers)
    items = max((one for one in needed if one is not None), default=None)
    open_ = [name for name, most, _ in losses if found[name]["value"] > most]
    kind = "question" if open_ == ["answers_drop"] else "sentence" if len(open_) == 1 else "item"
    reason = f"{told}. {settling(items, kind)}{_more(found, items, kind)}"
    return VERDICT("inconclusive", reason, numbers | {"rows_to_settle": items})


def _more(found: Numbers, needed: int | None, kind: str) -> str:
    """How the user gives the items that would settle it; "" if nobody would write so many."""
    if needed is None or needed > COLLECTED:
        return ""
    lacking = max(1, needed - min(found["questions"], found["sentences"]))
    return (
        f" Write {lacking:,} more {kind}s in a JSONL file, a question with `input` and a short "
        "`output`, a sentence as `text`, and name it as `data.probe`: `rungwise run` then tunes "
        "and asks once more."
    )


WAY_ON = (
    "Mix general examples into training: `training.general_share: 0.2`, or train fewer epochs or "
    "blocks."
)


def _told(found: Numbers) -> str:
    rise, drop = found["perplexity_rise"], found["answers_drop"]
    return (
        f"perplexity of {found['sentences']} general sentences went from "
        f"{found['perplexity_before']:.2f} to {found['perplexity_after']:.2f} "
        f"({estimate(rise['value'], rise['low'], rise['high'], 1, signed=True)}), right answers to "
        f"{found['questions']} general questions from {percent(found['answers_before'])} to "
        f"{percent(found['answers_after'])} (drop "
        f"{estimate(drop['value'], drop['low'], drop['high'], 1, signed=True)})"
    )


def _allowed(rise: float, drop: float) -> str:
    return f"{percent(rise)} more perplexity and a drop of {percent(drop)} are tolerated"
