"""A climbed project whose test part is said to have been opened, with numbers that a case needs."""

from __future__ import annotations

from rungwise import Project
from rungwise.records import Measurement, TestResult, Unsealing, to_json


def record_a_test(
    project: Project, value: float, low: float | None, high: float | None, *, rows: int = 200
) -> None:
    """Write on record that the test part was opened, and what it said of the selected attempt."""
    space = project._workspace
    chosen, split = space.selected, space.state.split
    assert chosen is not None and split is not None
    number = len(space.state.looks) + 1
    look = Unsealing(number, chosen.id, split.division, split.test_expected)
    space.record("unsealing", to_json(look))
    goal = Measurement(chosen.goal.metric, value, low, high, rows, "test")
    said = TestResult(chosen.id, split.division, number, goal, (), (), chosen.predictions)
    space.record("test", to_json(said))
    project.decide()
