"""Where each rung of the ladder stands: tried, skipped with a reason, or not needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rungwise import plugins
from rungwise.errors import PluginError
from rungwise.evaluation.standing import best
from rungwise.records import Evidence, Measurement

Role = Literal["selected", "baseline", "tried", "skipped", "not tried"]


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
) -> list[Standing]:
    """Every rung that was tried, was skipped or could be tried, the cheapest first.

    Where the baseline is also the selected attempt, it is called selected.
    """
    heights = {attempt.rung: attempt.height for attempt in attempts}
    for name in {*skipped, *plugins.names("rungs")} - set(heights):
        heights[name] = _height(name)
    found = []
    for name in sorted(heights, key=lambda rung: (heights[rung], rung)):
        own = [attempt for attempt in attempts if attempt.rung == name]
        top = best(own, greater)
        if top is None:
            role: Role = "skipped" if name in skipped else "not tried"
            found.append(Standing(name, role, None, (), skipped.get(name, "")))
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
