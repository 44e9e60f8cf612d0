"""What `run` says of the attempt that it selected."""

from __future__ import annotations

from tests.constructed import attempt

from rungwise.decisions.outcome import reached
from rungwise.evaluation.wording import settling
from rungwise.records import Evidence, Measurement


def evidence(rung: str, value: float) -> Evidence:
    goal = Measurement("accuracy", value, value - 0.10, value + 0.10, 150, "folds")
    return attempt(rung, goal)


def test_only_the_best_attempt_comes_closest() -> None:
    """The cheapest within one standard error of the best may be another than the best."""
    nearest, frozen = evidence("nearest", 0.68), evidence("frozen", 0.70)
    said = reached(nearest, 0.728, True, frozen)
    assert said.startswith("nearest is selected and misses the target: accuracy 68.0 %")
    assert "frozen has accuracy 70.0 %" in said and "within one standard error" in said
    assert "closest" not in said
    assert reached(frozen, 0.728, True, frozen).startswith("frozen comes closest and misses")


def test_an_attempt_that_reaches_the_target_is_said_to() -> None:
    nearest, frozen = evidence("nearest", 0.68), evidence("frozen", 0.70)
    assert reached(nearest, 0.68, True, frozen).startswith("nearest reaches the target")


def test_nobody_is_sent_for_a_million_rows() -> None:
    assert settling(646) == "About 646 rows would settle it, were the value to stay."
    assert settling(1_893_990).startswith("Labelling more rows will not settle it")
    missed = settling(646, "test row", missed=True)
    assert missed == "About 646 test rows would show that it misses, were the value to stay."
    assert settling(None) == "At this value no number of rows would settle it."
