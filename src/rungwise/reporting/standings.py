"""Where each rung of the ladder stands: tried, skipped with a reason, or not needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rungwise import plugins
from rungwise.errors import PluginError
from rungwise.evaluation.selection import recorded
from rungwise.evaluation.standing import best
from rungwise.ledger.state import State
from rungwise.records import Evidence, Measurement
from rungwise.rules import rules_of

Role = Literal["selected", "baseline", "tried", "skipped", "not tried"]

STOPPED = ("Gate ", "The time to settle is used up: ", "These rows cannot settle it: ")
"""How the reason of a rung begins that could be tried; any other rung does not apply."""


def selected_of(
    state: State, attempts: Sequence[Evidence], target: float, greater: bool
) -> Evidence | None:
    """The attempt that would be tested, of those that count."""
    known = state.selection.attempt if state.selection else ""
    worst = (state.goal or {}).get("low" if greater else "high")
    rows = state.split.rows if state.split else None
    return recorded(attempts, target, greater, rules_of(state.split), known, worst, rows)


@dataclass(frozen=True, slots=True)
class Standing:
    """One rung.

    Attributes:
        rung: Its name.
        role: What it is to the task.
        goal: The goal's metric of its best attempt, or None where it was not tried.
        others: The values of its other attempts.
        why: Why it was skipped, or "".
    """

    rung: str
    role: Role
    goal: Measurement | None
    others: tuple[float, ...]
    why: str


def standings(
    attempts: Sequence[Evidence],
    skipped: Mapping[str, str],
    selected: Evidence | None,
    baseline: Evidence | None,
    *,
    greater: bool,
    kind: str = "classify",
) -> list[Standing]:
    """Every rung that was tried, was stopped by a gate or could be tried, the cheapest first.

    A rung that does not apply to the task is not listed: the record says why. Where the baseline
    is also the selected attempt, it is called selected.
    """
    heights = {attempt.rung: attempt.height for attempt in attempts}
    stopped = {rung: why for rung, why in skipped.items() if why.startswith(STOPPED)}
    for name in {*stopped, *plugins.names("rungs")} - set(heights):
        if name in stopped or (name not in skipped and _serves(name, kind)):
            heights[name] = _height(name)
    found = []
    for name in sorted(heights, key=lambda rung: (heights[rung], rung)):
        own = [attempt for attempt in attempts if attempt.rung == name]
        top = best(own, greater)
        if top is None:
            role: Role = "skipped" if name in stopped else "not tried"
            found.append(Standing(name, role, None, (), stopped.get(name, "")))
            continue
        chosen = selected if selected is not None and selected.rung == name else top
        found.append(
            Standing(
                rung=name,
                role=_role(name, selected, baseline),
                goal=chosen.goal,
                others=tuple(one.goal.value for one in own if one.id != chosen.id),
                why="",
            )
        )
    return found


def _role(name: str, selected: Evidence | None, baseline: Evidence | None) -> Role:
    if selected is not None and selected.rung == name:
        return "selected"
    return "baseline" if baseline is not None and baseline.rung == name else "tried"


def _height(name: str) -> int:
    """Place of a rung that left no evidence; one that is no longer installed goes last."""
    try:
        height: int = plugins.load("rungs", name).height
    except PluginError:
        return 1000
    return height


def _serves(name: str, kind: str) -> bool:
    """Whether a rung is for this kind of task; `current` has to be imported first."""
    try:
        return kind in plugins.load("rungs", name, kind).kinds and name != "current"
    except PluginError:
        return False


def most_telling(attempts: Sequence[Evidence], *, greater: bool) -> Evidence | None:
    """The attempt whose errors are shown where none is selected: the best.

    Of equals, such as where nothing is right, the last that asks a model: the answers of a copy
    tell nothing about one, and what was looked up stands beside those of retrieval.
    """
    first = best(attempts, greater)
    if first is None:
        return None
    equal = [one for one in attempts if one.goal.value == first.goal.value and one.model]
    return equal[-1] if equal else first
