"""When a climb ends: an interval clears the target, or the time to settle it is used up (C8)."""

from __future__ import annotations

from rungwise.decisions.settling import FOLDED, USED_UP, budget, could_clear, forecast
from rungwise.evaluation.attempt_names import named
from rungwise.evaluation.standing import best, by_precision, reaches, straddles, sufficient, tunes
from rungwise.plugins import kind_of
from rungwise.protocols import Rung
from rungwise.records import Numbers
from rungwise.reporting.wording import seconds as duration
from rungwise.rules import SHOWN, rules_of
from rungwise.table import Examples
from rungwise.workflow.measured_rows import kept_rows, rows_of
from rungwise.workflow.rung_context import ladder
from rungwise.workflow.workspace import Workspace

FROZEN = "frozen"
"""The rung whose attempts show that the base is a network of blocks."""
CANNOT = "These rows cannot settle it: "
"""How the reason of a rung begins that was not begun as no likely result of it would clear."""


def cleared(workspace: Workspace) -> bool:
    """Whether some attempt settles it that the target is reached."""
    goal, rules = workspace.task.task, rules_of(workspace.state.split)
    greater = workspace.greater
    return sufficient(workspace.attempts, goal.target, greater, rules) is not None


def settled(workspace: Workspace) -> bool:
    """Whether that is known, and the reference is on record (R42, R43, C8)."""
    by_interval = rules_of(workspace.state.split) >= 2
    return cleared(workspace) and not (by_interval and owed(workspace))


def owed(workspace: Workspace) -> tuple[str, ...]:
    """The cheapest rungs that train and were neither tried nor skipped; both cost seconds."""
    seen = {attempt.rung for attempt in workspace.attempts} | set(workspace.state.skipped)
    return tuple(name for name, rung in ladder(workspace) if reference(rung) and name not in seen)


def reference(rung: Rung) -> bool:
    """Whether a rung is what all tuning is measured against (R42)."""
    return rung.trains and rung.step == "climb"


def _costs_seconds(workspace: Workspace, rung: Rung) -> bool:
    """Whether a rung is measured whatever time is left: no tuning is earned without it (R4, R29).

    A language model that is asked may take hours, and money.
    """
    writes = kind_of(workspace.task).writes
    return not writes and rung.step == "climb" and rung.needs_model != "language"


def fix_budget(workspace: Workspace) -> None:
    """Put on record how long the climb may go on, where an interval first holds the target."""
    state, goal = workspace.state, workspace.task.task
    first = best(workspace.attempts, workspace.greater)
    if rules_of(state.split) < 2 or state.budget is not None or first is None:
        return
    open_ended = by_precision(first)
    if not open_ended and (not straddles(first.goal, goal.target) or first.goal.low is None):
        return
    stated = workspace.task.policy.settle_seconds
    spent, given = budget(workspace.attempts, stated)
    said = "`policy.settle_seconds` gives" if stated is not None else "settling it may take"
    why = "The interval holds the target, so these rows do not settle it"
    if open_ended:
        why = "Recall alone ends no climb, as no precision is asked for (`task.precision`)"
    workspace.progress.say(f"  {why}: {said} {duration(given)} more.")
    split = state.split
    workspace.record(
        "budget",
        {
            "data": split.id if split else "",
            "attempt": first.id,
            "spent": spent,
            "seconds": given,
        },
    )


def left(workspace: Workspace) -> float | None:
    """Seconds that are left to settle it; None while no interval has held the target."""
    fixed, stated = workspace.state.budget, workspace.task.policy.settle_seconds
    if fixed is None:
        return None
    given = fixed.seconds if stated is None else stated
    taken = sum(one.seconds for one in workspace.attempts) - fixed.spent
    return given - taken


def no_time_for(workspace: Workspace, name: str, rung: Rung, expected: float | None) -> str:
    """Why a rung is not begun, or not gone on with; "" where its forecast fits or is unknown."""
    room = left(workspace)
    if room is None or expected is None or expected <= room or _costs_seconds(workspace, rung):
        return ""
    takes, has = duration(expected), duration(max(0.0, room))
    if takes == has:  # such as 2 min
        takes, has = f"{expected:,.0f} s", f"{max(0.0, room):,.0f} s"
    return (
        f"{USED_UP}{name} would take about {takes}, and {has} are left (`policy.settle_seconds` "
        "gives more)."
    )


def cannot_settle(workspace: Workspace, name: str, rung: Rung, *, fold: bool) -> str:
    """Why a rung is not worth its time, if to settle it is all that is left to do; else "".

    The selected attempt reaches the target by its value, the interval holds it, and with half of
    its errors, on the rows that the rung would be measured on, it would hold it as well.
    """
    if left(workspace) is None or rules_of(workspace.state.split) < SHOWN:
        return ""
    chosen, target, greater = workspace.selected, workspace.task.task.target, workspace.greater
    begun = any(one.rung == name for one in workspace.attempts)
    if chosen is None or begun or _costs_seconds(workspace, rung):
        return ""
    perfect = workspace.metric.best
    if workspace.metric.of_counts is None or perfect is None:
        return ""
    if not reaches(chosen.goal.value, target, greater):
        return ""
    folds = workspace.folds if fold else None
    rows = len(kept_rows(workspace) if folds is None else folds.answered)
    counted = rows * chosen.goal.rows / len(rows_of(workspace, chosen))
    if could_clear(chosen.goal, target, perfect, counted):
        return ""
    on = "rows by folds" if fold else "validation rows"
    return (
        f"{CANNOT}the target is reached, and with half of the errors of {named(chosen)} on "
        f"{rows:,} {on} the interval of {name} would hold it, too (`--climb all` compares it)."
    )


def worth_folding(workspace: Workspace, name: str, rung: Rung, expected: float | None) -> bool:
    """Whether a rung that trains layers is measured by folds: its forecast fits the time (C8).

    What was tried of it before decides, so that its attempts stay comparable.
    """
    if workspace.folds is None or rung.step == "climb":
        return False
    before = [one for one in workspace.attempts if one.rung == name]
    if before:
        return before[-1].goal.on == "folds"
    return expected is not None and FOLDED * expected <= _room(workspace)


def why_not_folded(workspace: Workspace, name: str, rung: Rung, expected: float | None) -> str:
    """Why a rung that trains layers is about to be measured on validation alone; "" if unasked."""
    if workspace.folds is None or rung.step == "climb" or expected is None:
        return ""
    if any(one.rung == name for one in workspace.attempts):
        return ""
    return (
        f"{name} is measured on the validation rows alone: by folds it would take about "
        f"{duration(FOLDED * expected)}, and {duration(max(0.0, _room(workspace)))} are given "
        "(`policy.settle_seconds`)."
    )


def _room(workspace: Workspace) -> float:
    """Seconds that folds may take: what is left, or what would be given.

    What tunes does not count for that: the longer it took, the more the next would be given.
    """
    if (room := left(workspace)) is not None:
        return room
    counted = workspace.attempts
    if rules_of(workspace.state.split) >= SHOWN:
        counted = tuple(one for one in counted if not tunes(one))
    return budget(counted, workspace.task.policy.settle_seconds)[1]


def expected_seconds(
    workspace: Workspace, rung: Rung, configuration: Numbers, configurations: int
) -> float | None:
    """The forecast for a rung; None where nothing was measured that it could follow from."""
    every = {"layers": None} if rung.step == "full" else {}
    told = {**every, **configuration}
    frozen = [one for one in workspace.attempts if one.rung == FROZEN]
    if rung.step == "climb" or not frozen or any("epochs" in a.details for a in workspace.attempts):
        return forecast(workspace.attempts, rung.height, told, configurations)
    return _first_tuning(workspace, told, frozen[0].model) * configurations


def _first_tuning(workspace: Workspace, configuration: Numbers, model: str) -> float:
    """Seconds of the first configuration that trains layers.

    Frozen features tell little of it: they find the pass of the network done. What all attempts on
    this base took together holds that pass, unless an audit made it; then the pass itself tells.
    """
    from rungwise.training import trunk, tuning
    from rungwise.workflow.rung_context import rung_context

    task, split = workspace.task, workspace.state.split
    assert split is not None, "something was measured on it"
    opened = trunk.of(rung_context(workspace), task.models[0])
    blocks = max(1, opened.blocks)
    layers = configuration.get("layers")
    needed = tuning.passes(
        split.rows["train"], blocks if layers is None else layers, blocks, task.training
    )
    attempts = sum(one.seconds for one in workspace.attempts if one.model == model)
    train = Examples.of(workspace.part("train"))
    embedding = opened.seconds(opened.encode(train.inputs.values))
    return needed * max(attempts, embedding or 0.0)


def planned(workspace: Workspace, rung: Rung, done: int) -> int:
    """How many configurations a rung has before it: every learning rate where it tunes."""
    rates = 1 if rung.step == "climb" else len(workspace.task.training.learning_rates)
    return max(1, rates - done)
