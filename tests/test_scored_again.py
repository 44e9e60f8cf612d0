"""Attempts that an earlier rule scored are scored again from their answers, aloud."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.scripted_server import scripted
from tests.small_texts import answering, text_project
from tests.test_models_endpoint import Said

from rungwise import Project
from rungwise.evaluation import metrics, text_metrics


def test_attempts_of_an_earlier_rule_are_not_compared_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = metrics.TEXTS["json_f1"]
    earlier = replace(today, of_texts=text_metrics.exact_match, scoring="")
    with (
        scripted(answering(lambda asked: '{"city" : "Rome"}')) as server,
        monkeypatch.context() as then,
    ):
        then.setitem(metrics.TEXTS, "json_f1", earlier)
        project = text_project(tmp_path, server.name, "policy.resamples=200", metric="json_f1")
        project.climb(rungs=["prompt"])
        (before, *_) = project.attempts()
    assert before.goal.value == 0  # no text is written as it was expected, but some are right
    workspace = project._workspace
    right = workspace.measured()["expected"].str.contains("Rome").mean()
    said = Said()
    (after, *_) = Project(project.folder, progress=said).attempts()
    assert after.id == before.id
    assert after.goal.value == pytest.approx(right)
    assert after.goal.low is not None and after.goal.low <= after.goal.value
    assert "was scored by another rule of json_f1 (0.0000)" in said.lines[0]
    assert Project(project.folder).status()["attempts"][0]["value"] == pytest.approx(right)


def test_another_tokenizer_needs_no_new_answers(tmp_path: Path) -> None:
    with scripted(answering()) as server:
        project = text_project(tmp_path, server.name, "policy.resamples=200", metric="rouge_l")
        project.climb(rungs=["prompt"])
        (plain, *_) = project.attempts()
        asked = len(server.asked)
        by_characters = Project(project.folder, settings=("generation.tokenizer=char",))
        (again, *_) = by_characters.attempts()
    assert len(server.asked) == asked
    assert (again.details["scoring"], again.goal.value) == (plain.details["scoring"], 1.0)
