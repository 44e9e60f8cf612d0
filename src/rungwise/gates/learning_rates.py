"""A tuned rung is judged by more than one learning rate."""

from __future__ import annotations

from functools import partial

from rungwise.evaluation.wording import counted
from rungwise.protocols import GateContext
from rungwise.records import Verdict

VERDICT = partial(Verdict, "learning_rates", "R48")
KEY = "learning_rate"


class LearningRates:
    """Holds until the selected attempt's rung was tried with enough learning rates (R48)."""

    requirement = "R48"
    title = "At least three learning rates were tried"
    before = ("test", "full")

    def judge(self, context: GateContext) -> Verdict:
        """Count the distinct rates among the attempts of the selected rung."""
        chosen, needed = context.selected, context.task.policy.learning_rates
        if chosen is None:
            return VERDICT("not_applicable", "No attempt is selected yet.")
        if KEY not in chosen.configuration:
            return VERDICT("not_applicable", f"{chosen.rung} has no learning rate.")
        rates = sorted(
            {
                float(one.configuration[KEY])
                for one in context.attempts
                if one.rung == chosen.rung and KEY in one.configuration
            }
        )
        numbers = {"rung": chosen.rung, "rates": rates, "needed": needed}
        tried = f"{chosen.rung} was tried with {counted(len(rates), 'learning rate')}"
        tried += f" ({', '.join(f'{rate:g}' for rate in rates)})"
        if len(rates) < needed:
            reason = (
                f"{tried} and {needed} are needed: a rate that does not suit looks like a "
                f"rung that does not work. `rungwise climb --rung {chosen.rung}` tries the others."
            )
            return VERDICT("hold", reason, numbers)
        return VERDICT("pass", f"{tried}; {needed} are needed.", numbers)
