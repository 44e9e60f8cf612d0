"""Beside every score: what it is on the rows that nearly repeat no training row (R21)."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from tests.made_texts import edited, texts
from tests.small_task import GOAL, write

from rungwise import Project

BEFORE = ("improvement_meaningful", "learning_rates", "gap_closed", "validation_settled")
SETTINGS = ("policy.leakage=0.9",)  # else so many near copies hold the climb


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Forty of a hundred test rows are training rows with three words of twelve changed."""
    draw = random.Random(11)
    train = [(text, draw.choice("xyz")) for text in texts(draw, 300)]
    near = [(edited(text, draw, 3), label) for text, label in train[:40]]
    fresh = [(text, draw.choice("xyz")) for text in texts(draw, 60)]
    data, test = write(tmp_path / "train.csv", train), write(tmp_path / "test.csv", near + fresh)
    return Project.init(tmp_path / "task", data=data, test=test, goal=GOAL, settings=SETTINGS)


def test_the_test_says_what_it_is_on_rows_that_are_new(project: Project) -> None:
    project.split()
    findings = {finding.code: finding for finding in project.audit()}
    # The model that is tested was fitted once more, to train and validation.
    learnt = ("train", "validation")
    beside = [row for row in findings["near_copies.test"].rows if row.split in learnt]
    near = {row.other.id for row in beside if row.other}
    assert near
    project.climb(rungs=["majority"])
    for verdict in project.status()["gates"]:
        if verdict["code"] in BEFORE and verdict["verdict"] in ("hold", "inconclusive"):
            project.override(verdict["code"], by="Ada", role="ml", reason="to see the test")
    result = project.test()
    answers = project._workspace.predictions(result.predictions)
    right = answers.outputs == pl.read_csv(project.folder.parent / "test.csv")["label"]
    new = ~answers.ids.is_in(list(near))
    assert result.apart is not None and result.apart.on == "test"
    assert (result.apart.rows, result.goal.rows) == (int(new.sum()), 100)
    assert result.apart.value == pytest.approx(right.filter(new).mean())
    assert result.apart.low is not None and result.apart.low < result.apart.value


def test_nothing_is_said_where_no_row_is_near(tmp_path: Path) -> None:
    draw = random.Random(2)
    data = write(tmp_path / "rows.csv", [(text, draw.choice("xy")) for text in texts(draw, 200)])
    project = Project.init(tmp_path / "task", data=data, goal=GOAL)
    project.split()
    project.audit()
    assert [one.apart for one in project.climb(rungs=["majority"]).attempts] == [None]
