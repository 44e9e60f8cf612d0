"""`rungwise.yaml`: strict about keys, quiet about defaults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rungwise.errors import TaskError
from rungwise.task import known_keys, load, parse, save, with_settings

MINIMAL: dict[str, Any] = {
    "task": {"goal": "Classify tickets by team", "metric": "accuracy", "target": 0.9},
    "data": {"source": "tickets.csv"},
}


def test_a_task_survives_being_written_and_read(tmp_path: Path) -> None:
    task = parse(with_settings(MINIMAL, ("training.epochs=3", "policy.leakage=0.1")))
    save(task, tmp_path / "rungwise.yaml")
    assert load(tmp_path / "rungwise.yaml") == task
    assert "batch_size" not in (tmp_path / "rungwise.yaml").read_text()


@pytest.mark.parametrize(
    ("extra", "near"),
    [
        ({"trainin": {}}, "`training`"),
        ({"policy": {"leekage": 0.1}}, "`policy.leakage`"),
        ({"data": {"source": "a.csv", "labels": "x"}}, "`data.label`"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(extra: dict[str, Any], near: str) -> None:
    with pytest.raises(TaskError, match="Unknown key") as refused:
        parse({**MINIMAL, **extra})
    assert near in str(refused.value)


def test_a_missing_or_impossible_value_names_its_key() -> None:
    with pytest.raises(TaskError, match=r"task\.metric"):
        parse({**MINIMAL, "task": {"goal": "Classify tickets", "target": 0.9}})
    with pytest.raises(TaskError, match=r"policy\.confidence"):
        parse({**MINIMAL, "policy": {"confidence": 2}})
    with pytest.raises(TaskError, match=r"training\.epochs"):
        parse(with_settings(MINIMAL, ("training.epochs=zero",)))


def test_text_that_is_no_yaml_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "rungwise.yaml").write_text("task:\n  goal: [unclosed\n")
    with pytest.raises(TaskError, match="line"):
        load(tmp_path / "rungwise.yaml")
    with pytest.raises(TaskError, match="rungwise init"):
        load(tmp_path / "absent" / "rungwise.yaml")


def test_every_key_can_be_set_from_the_command_line() -> None:
    assert {"training.epochs", "policy.gap_closed", "data.group", "models"} <= set(known_keys())
    with pytest.raises(TaskError, match="has no `=`"):
        with_settings(MINIMAL, ("training.epochs",))


@pytest.mark.parametrize(
    "assignment",
    [
        "task.target=yes",
        "task.target=true",
        "policy.confidence=on",
        "training.epochs=yes",
        "training.learning_rates=[0.001, yes]",
        "need.calls_per_month=true",
        "cost.people=no",
        "task.target=90 percent",
    ],
)
def test_yes_is_no_number(assignment: str) -> None:
    with pytest.raises(TaskError, match=re.escape(assignment.partition("=")[0])) as told:
        parse(with_settings(MINIMAL, (assignment,)))
    assert "value error" not in str(told.value), "a word of pydantic's"


def test_a_truth_value_stays_one_where_it_is_meant() -> None:
    assert parse(with_settings(MINIMAL, ("need.private=yes",))).need.private is True
    assert parse(with_settings(MINIMAL, ("task.target='0.9'",))).task.target == 0.9
