"""`budget.hours`: what all attempts may take together, asked for before a long one."""

from __future__ import annotations

from rungwise.attempt_forecast import Forecast
from rungwise.errors import BudgetSpent
from rungwise.reporting.wording import seconds as duration
from rungwise.workflow.workspace import Workspace
from rungwise.workflow.written_keys import write_keys

HOUR = 3600.0


def keep_within(workspace: Workspace, name: str, made: Forecast | None, rung: float | None) -> None:
    """Stop before an attempt that would take all of them past `budget.hours`.

    A rung that takes longer than `policy.ask_above_minutes` is said to; its owner is asked for the
    budget where somebody can answer, once.

    Args:
        workspace: The task folder.
        name: Of the rung.
        made: The forecast of its next attempt, if there is one.
        rung: Seconds of all attempts that it plans, if it is about to begin.

    Raises:
        BudgetSpent: It would.
    """
    if rung is not None and rung > 60 * workspace.task.policy.ask_above_minutes:
        _ask(workspace, name, rung)
    given = workspace.task.budget.hours
    if given is None:
        return
    spent = sum(one.seconds for one in (*workspace.attempts, *workspace.state.refits))
    needed = made.seconds if made is not None else 0.0
    if spent + needed <= given * HOUR:
        return
    takes = f"takes about {duration(needed)}" if made is not None else "is next"
    left = duration(max(0.0, given * HOUR - spent))
    raise BudgetSpent(
        f"Rung {name} {takes}, and {left} of the {duration(given * HOUR)} of `budget.hours` are "
        f"left: {duration(spent)} were spent",
        "What was measured is on record: `rungwise decide` says what it is worth. "
        f"`rungwise run --set budget.hours={_enough(spent + (rung or needed))}` gives more.",
    )


def _ask(workspace: Workspace, name: str, seconds: float) -> None:
    """Ask for `budget.hours` once, or say that it can be set; what is stated, null too, stays."""
    if "hours" in workspace.task.budget.model_fields_set:
        return
    minutes = workspace.task.policy.ask_above_minutes
    told = f"{name} takes about {duration(seconds)}"
    if workspace.ask_hours is None:
        workspace.progress.say(
            f"  {told}, more than `policy.ask_above_minutes` ({minutes:g}): "
            f"`--set budget.hours={_enough(seconds)}` would stop before an attempt that takes all "
            "of them longer."
        )
        return
    write_keys(workspace, "budget", {"hours": workspace.ask_hours(told)})


def _enough(seconds: float) -> str:
    """Hours that hold so many seconds and a tenth more, with two digits."""
    return f"{max(0.01, 1.1 * seconds / HOUR):.2g}"
