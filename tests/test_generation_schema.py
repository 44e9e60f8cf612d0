"""A task's schema: models are held to it, answers are measured by it, and it can be satisfied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.scripted_server import Scripted, scripted
from tests.small_texts import answering, text_project

from rungwise import Project
from rungwise.errors import TaskError

CITY = {
    "type": "object",
    "properties": {"city": {"enum": ["Rome", "Oslo", "Lima"]}},
    "required": ["city"],
}


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(answering()) as running:
        yield running


def test_models_are_held_to_it_and_outputs_measured_by_it(server: Scripted, tmp_path: Path) -> None:
    (tmp_path / "city.json").write_text(json.dumps(CITY))
    project = text_project(tmp_path, server.name, "generation.schema=../city.json")
    project.climb(rungs=["prompt"])
    held = {json.dumps(asked.body["response_format"]["json_schema"]["schema"])
            for asked in server.asked if "messages" in asked.body}  # fmt: skip
    assert held == {json.dumps(CITY)}
    (attempt, *_) = project.attempts()
    valid = next(one for one in attempt.metrics if one.metric == "json_schema")
    validation = project._workspace.measured()["expected"]
    assert valid.value == (~validation.str.contains("Bern")).mean()
    assert attempt.goal.value == 1


def test_a_schema_that_no_right_answer_satisfies_is_refused_before_anything_is_asked(
    server: Scripted, tmp_path: Path
) -> None:
    (tmp_path / "city.json").write_text(json.dumps({"type": "object", "required": ["town"]}))
    project = text_project(tmp_path, server.name, "generation.schema=../city.json")
    with pytest.raises(
        TaskError, match=r"No right output can satisfy \.\./city\.json: none of the"
    ):
        project.climb(rungs=["prompt"])
    assert [asked for asked in server.asked if "messages" in asked.body] == []


def test_a_schema_that_is_not_there_is_refused_by_init(server: Scripted, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"city\.json cannot be read"):
        text_project(tmp_path, server.name, "generation.schema=../city.json")
    assert not (tmp_path / "task").exists()


def test_attempts_measured_by_another_schema_do_not_count(server: Scripted, tmp_path: Path) -> None:
    (tmp_path / "city.json").write_text(json.dumps(CITY))
    project = text_project(
        tmp_path, server.name, "generation.schema=../city.json", metric="json_schema"
    )
    project.climb(rungs=["prompt"])
    before = {one.id for one in project.attempts()}
    (tmp_path / "city.json").write_text(json.dumps(CITY | {"required": []}))
    again = Project(tmp_path / "task")
    assert again.attempts() == ()
    again.climb(rungs=["prompt"])
    assert again.attempts()
    assert not before & {one.id for one in again.attempts()}
    (tmp_path / "city.json").write_text(json.dumps(CITY))
    assert {one.id for one in Project(tmp_path / "task").attempts()} == before
