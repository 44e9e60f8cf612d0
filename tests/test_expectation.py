"""What the test will probably say: validation, weighed as the test's inputs are composed (R21)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.constructed import measured
from tests.made_texts import edited, texts
from tests.small_task import GOAL, write

from rungwise import Project
from rungwise.evaluation.weighted import weighted

ENDS = some.floats(0, 1)


def test_measurements_are_weighted_and_their_intervals_joined_by_variance_recovery() -> None:
    """Zou and Donner 2008: low = θ − √Σ s²(θᵢ − lᵢ)², high = θ + √Σ s²(uᵢ − θᵢ)²."""
    easy, hard = measured(0.9, 0.86, 0.92, rows=200), measured(0.7, 0.6, 0.78, rows=100)
    found = weighted(((0.25, easy), (0.75, hard)), "test")
    assert found.value == pytest.approx(0.25 * 0.9 + 0.75 * 0.7)
    assert found.low == pytest.approx(0.75 - ((0.25 * 0.04) ** 2 + (0.75 * 0.1) ** 2) ** 0.5)
    assert found.high == pytest.approx(0.75 + ((0.25 * 0.02) ** 2 + (0.75 * 0.08) ** 2) ** 0.5)
    assert (found.rows, found.on) == (300, "test")


def test_one_stratum_alone_is_itself_and_without_an_interval_there_is_none() -> None:
    one, other = measured(0.8, 0.7, 0.9), measured(0.5)
    alone = weighted(((1.0, one), (0.0, other)), "test")
    assert (alone.value, alone.low, alone.high) == pytest.approx((0.8, 0.7, 0.9))
    assert weighted(((0.5, one), (0.5, other)), "test").low is None


@given(
    share=some.floats(0, 1),
    first=some.tuples(ENDS, ENDS, ENDS),
    second=some.tuples(ENDS, ENDS, ENDS),
)
def test_the_interval_holds_the_value_and_is_no_wider_than_the_widest(
    share: float, first: tuple[float, float, float], second: tuple[float, float, float]
) -> None:
    one, other = (measured(value, low, high) for low, value, high in map(sorted, (first, second)))
    found = weighted(((share, one), (1 - share, other)), "test")
    assert found.low is not None and found.high is not None
    assert found.low <= found.value <= found.high
    widest = max((each.high or 0) - (each.low or 0) for each in (one, other))
    assert found.high - found.low <= widest + 1e-9


def test_a_test_with_fewer_near_copies_is_expected_to_be_worse_than_validation(
    tmp_path: Path, encoder: str
) -> None:
    """Of the validation rows two thirds repeat a training row nearly, of the test's a sixth."""
    draw = random.Random(5)
    train = [(text, draw.choice("xyz")) for text in texts(draw, 240)]

    def part(near: int, fresh: int) -> list[tuple[str, str]]:
        copies = [(edited(text, draw, 2), label) for text, label in draw.sample(train, near)]
        return copies + [(text, draw.choice("xyz")) for text in texts(draw, fresh)]

    project = Project.init(
        tmp_path / "task",
        data=write(tmp_path / "a.csv", train),
        validation=write(tmp_path / "v.csv", part(80, 40)),
        test=write(tmp_path / "t.csv", part(20, 100)),
        goal=GOAL,
        models=[encoder],
        settings=("policy.leakage=0.99",),
    )
    project.split()
    project.audit()
    project.climb(rungs=["nearest"])
    (nearest,) = project._workspace.attempts
    from rungwise.workflow.expectation import expectation, told

    found = expectation(project._workspace, nearest)
    assert found is not None and nearest.apart is not None
    assert nearest.apart.value < found.value < nearest.goal.value
    assert found.low is not None and found.low < found.value
    assert "nearly repeat a training row" in told(project._workspace, nearest)
    for verdict in project.status()["gates"]:
        if verdict["verdict"] == "hold" and verdict["code"] in (
            "validation_settled", "improvement_meaningful",
        ):  # fmt: skip
            project.override(verdict["code"], by="Ada", role="ml", reason="to see the test")
    result = project.test()
    assert result.expected == found
    assert abs(result.goal.value - found.value) < abs(result.goal.value - nearest.goal.value)
