"""Full tuning costs several times the compute: somebody says why that is worth it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from rungwise.evaluation.standing import best, tunes
from rungwise.protocols import GateContext
from rungwise.records import Evidence, Numbers, Verdict

VERDICT = partial(Verdict, "full_tuning_justified", "R64")


class FullTuningJustified:
    """Holds until the value is stated and a business owner is named (R64, R84)."""

    requirement = "R64"
    title = "Full tuning has a value that justifies its cost"
    before = ("full",)

    def judge(self, context: GateContext) -> Verdict:
        """Hold with what is missing, beside what full tuning would cost."""
        value, owner = context.task.value.full_tuning, context.task.owners.business
        factor = context.task.policy.full_compute
        cheaper = [one for one in context.attempts if one.trains and one.rung != "full"]
        longest = max((one.seconds for one in cheaper if tunes(one)), default=None)
        reference = best(cheaper, context.greater)
        numbers: dict[str, Any] = {
            "factor": factor,
            "seconds": None if longest is None else longest * factor,
            "value": value,
            "owner": owner,
        }
        cost = f"Full tuning takes {factor:g} times the compute or more"
        if longest is not None and reference is not None:
            cost += f", here about {longest * factor:,.0f} s after at most {longest:,.0f} s"
        if footprint := _footprint(cheaper):
            numbers["footprint"] = footprint
            cost += _saved(footprint)
        missing = []
        if not (value or "").strip():
            missing.append("say why it is worth it under `value: {full_tuning: …}`")
        if not (owner or "").strip():
            missing.append("name who answers for it under `owners: {business: …}`")
        if missing:
            asks = " and ".join(missing)
            return VERDICT("hold", f"{cost}: {asks} in rungwise.yaml.", numbers)
        return VERDICT("pass", f"{cost}; {owner} answers for its value: “{value}”.", numbers)


def _footprint(cheaper: Sequence[Evidence]) -> Numbers | None:
    """What the first attempt with adapters measured of full tuning beside its own (R50)."""
    return next((one.details["footprint"] for one in cheaper if "footprint" in one.details), None)


def _saved(footprint: Numbers) -> str:
    """Memory and time of full tuning and of the adapters, measured in one run."""
    return (
        f"; a step on this model took {footprint['full_mb']:,.0f} MiB and "
        f"{footprint['full_seconds']:.2f} s in full, {footprint['peft_mb']:,.0f} MiB and "
        f"{footprint['peft_seconds']:.2f} s with adapters"
    )
