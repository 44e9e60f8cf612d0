"""What tuning needs besides a reason: labels, an evaluation, somebody who maintains (R38)."""

from __future__ import annotations

from rungwise.evaluation.wording import counted
from rungwise.protocols import GateContext
from rungwise.records import Numbers


def resources(context: GateContext) -> tuple[str, Numbers]:
    """What there is, in a sentence, and the numbers; compute shows in what the attempts cost."""
    train = context.split.rows.get("train", 0) if context.split else 0
    measured = max((one.goal.rows for one in context.attempts), default=0)
    keeper = context.task.owners.operations or context.task.owners.ml
    numbers = {"train": train, "measured_on": measured, "maintained_by": keeper}
    told = f"There are {counted(train, 'row')} to learn from and {measured:,} to measure on"
    if keeper:
        return f"{told}; {keeper} maintains it.", numbers
    return f"{told}; nobody is named who maintains it (`owners: {{operations: …}}`).", numbers
