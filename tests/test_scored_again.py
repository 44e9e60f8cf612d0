"""Attempts that an earlier rule scored are scored again from their answers, aloud."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from sacrebleu.metrics.bleu import BLEU
from tests.scripted_server import scripted
from tests.small_texts import answering, text_project
from tests.test_models_endpoint import Said

from rungwise import Project
from rungwise.evaluation import metrics, text_metrics
from rungwise.table import Predictions


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


def test_bleu_follows_the_script_of_the_expected_texts_and_says_so(tmp_path: Path) -> None:
    rows = [
        {"text": f"第{n}个问题:你喜欢什么颜色", "answer": f"我喜欢第{n}种颜色"} for n in range(40)
    ]
    pl.DataFrame(rows).write_csv(tmp_path / "rows.csv")
    said = Said()
    project = Project.init(
        tmp_path / "task",
        data=tmp_path / "rows.csv",
        goal="Answer questions about colours with at least 0.5 BLEU",
        metric="bleu",
        minimum=0.5,
        columns={"input": "text", "label": "answer"},
        models=["endpoint:m@http://127.0.0.1:9/v1"],
        progress=said,
    )
    project.split()
    metric = project._workspace.metric
    assert metric.scoring == "tokenizer zh"
    told = [line for line in said.lines if "sacrebleu's tokenizer zh" in line]
    assert len(told) == 1
    peer = (
        BLEU(tokenize="zh").corpus_score(["我非常喜欢黑色的猫"], [["我喜欢黑色的猫"]]).score / 100
    )
    value = metric.value(pl.Series(["我喜欢黑色的猫"]), one_answer("我非常喜欢黑色的猫"))
    assert value == pytest.approx(peer)


def one_answer(text: str) -> Predictions:
    return Predictions(pl.Series("id", ["1"]), pl.Series("output", [text]), None, ())
