"""Rungs measured by folds: no row is answered by a model that has read it."""

from __future__ import annotations

import csv
import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from tests.small_encoder import CLASSES, context, write_encoder
from tests.small_task import GOAL, rows, write

from rungwise import Project, plugins
from rungwise.evaluation.proportions import wilson
from rungwise.evaluation.shared_rows import shared_rows
from rungwise.protocols import CHOSEN, Rung
from rungwise.table import Examples, Inputs, Predictions
from rungwise.training.trunk import of
from rungwise.workflow.attempt import attempt
from rungwise.workflow.by_folds import CHOSEN_BY_FOLD, agreed, answer_by_folds
from rungwise.workflow.fold_rows import FoldRows, folds_came_late
from rungwise.workflow.rung_context import rung_context


class Reads:
    """A rung that notes what it reads, and answers with its number of training rows."""

    def __init__(self, *, trains: bool) -> None:
        self.trains = trains
        self.fits: list[tuple[dict[str, Any], set[str], set[str]]] = []
        self.answered: list[tuple[set[str], set[str]]] = []

    def fit(
        self, configuration: Any, seed: int, train: Examples, validation: Examples, _: object
    ) -> Any:
        read, chose_by = set(train.inputs.ids), set(validation.inputs.ids)
        self.fits.append((dict(configuration), read, chose_by))

        def predict(inputs: Inputs, _: object) -> Predictions:
            self.answered.append((set(inputs.ids), read))
            outputs = pl.Series([f"{len(read)}"] * len(inputs))
            return Predictions(inputs.ids, outputs, None, CLASSES)

        told = {CHOSEN: {"strength": len(chose_by)}}
        return SimpleNamespace(details=told, predict=predict)


def made(folds: Sequence[int], *, forward: bool = False) -> FoldRows:
    table = pl.DataFrame(
        {"id": [str(n) for n in range(len(folds))], "input": [f"t{n}" for n in range(len(folds))],
         "expected": ["a", "b"] * (len(folds) // 2), "fold": folds,
         "time": [f"2026-01-01T00:{n:02}:00" for n in range(len(folds))]}
    )  # fmt: skip
    return FoldRows(table.filter(pl.col("fold") >= 0), table, forward, "digest")


def asked(rung: Reads, folds: FoldRows, tmp_path: Path) -> Predictions:
    about = context(tmp_path, "encoder")
    return answer_by_folds(folds, cast(Rung, rung), {"rate": 1}, 3, about).predictions


@pytest.mark.parametrize("forward", [False, True])
@pytest.mark.parametrize("trains", [False, True])
def test_no_row_is_read_by_the_model_that_answers_it(
    tmp_path: Path, trains: bool, forward: bool
) -> None:
    fold = [-1, -1, -1, -1, 0, 1, 2, 3, 4] * 4 if forward else [2, 0, 4, 1, 3] * 6
    folds, rung = made(fold, forward=forward), Reads(trains=trains)
    predictions = asked(rung, folds, tmp_path)
    assert predictions.ids.to_list() == folds.answered["id"].to_list()
    of_row = dict(folds.learnt.select("id", "fold").iter_rows())
    assert len(rung.answered) == 5
    for answered, read in rung.answered:
        (held,) = {of_row[one] for one in answered}
        others = {one for one, own in of_row.items() if (own < held if forward else own != held)}
        assert read == others, "the model learns from all rows that it may read"
    if not trains:
        assert all(not chose for _, _, chose in rung.fits)
        return
    for choice, final in zip(rung.fits[::2], rung.fits[1::2], strict=True):
        (_, learnt, chose), (configuration, everything, none) = choice, final
        assert learnt | chose == everything, "what is chosen by is one of the folds it may read"
        assert chose
        assert not none
        assert configuration == {"rate": 1, "strength": len(chose)}


def test_folds_agree_on_the_median_or_on_what_most_of_them_chose() -> None:
    words, both = ["words"], ["words", "characters"]
    terms, strengths = [words, both, both, words, both], [1.0, 1000.0, 10.0, 10.0, 30.0]
    chosen = [{"strength": s, "terms": t} for s, t in zip(strengths, terms, strict=True)]
    assert agreed(chosen) == {"strength": 10.0, "terms": both}
    assert agreed([{}, {}]) == {}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A task of 240 rows, audited, with two cheap attempts; its model is a tiny encoder."""
    folder = tmp_path_factory.mktemp("folds")
    write_encoder(folder / "task" / "encoder")
    data = write(folder / "task" / "requests.csv", rows()[:240])
    project = Project.init(folder / "task", data=data, goal=GOAL, models=["encoder"])
    project.split()
    project.audit()
    project.climb(rungs=("majority", "frozen"))
    return folder / "task"


def test_every_row_of_train_and_validation_is_measured_on(measured: Path) -> None:
    project = Project(measured)
    splits = project.status()["splits"]
    for one in project.attempts():
        assert one.goal.on == "folds"
        assert one.goal.rows == splits["train"] + splits["validation"]
        assert one.apart is None
    workspace = project._workspace
    frozen = project.attempts()[-1]
    assert len(frozen.details[CHOSEN_BY_FOLD]) == 5
    # The model that is kept learnt from train, and answers validation on its own account.
    own = workspace.predictions(frozen.own_answers)
    assert own.ids.equals(workspace.part("validation")["id"])
    project.verify()


def test_what_answers_alike_in_every_fold_has_the_interval_of_any_rows(tmp_path: Path) -> None:
    """One class is the most frequent whatever fold is left out: no row was learnt from."""
    many = [(text, "refund" if place % 3 else label) for place, (text, label) in enumerate(rows())]
    data = write(tmp_path / "requests.csv", many[:240])
    project = Project.init(tmp_path / "task", data=data, goal=GOAL)
    project.split()
    project.audit()
    project.climb(rungs=("majority", "linear"))
    majority, linear, *_ = project.attempts()
    right = round(majority.goal.value * majority.goal.rows)
    plain = wilson(right, majority.goal.rows, 0.95)
    assert (majority.goal.low, majority.goal.high) == pytest.approx(plain)
    wider = wilson(linear.goal.value * linear.goal.rows, linear.goal.rows, 0.95)
    assert linear.goal.high is not None and linear.goal.high > wider[1]


def test_embeddings_of_folds_are_those_of_the_whole(measured: Path) -> None:
    """However rows are drawn, what a network computes of a text is computed once."""
    workspace = Project(measured)._workspace
    opened = of(rung_context(workspace), "encoder")
    texts = workspace.part("train")["input"]
    whole = opened.embeddings(opened.encode(texts), workspace.progress)
    some = opened.embeddings(opened.encode(texts[5:9]), workspace.progress)
    assert np.array_equal(some, whole[5:9])
    plain = opened.backbone.encode(texts[5:9], opened.limit)
    alone = opened.run(opened.encoder, plain, workspace.progress, "alone")
    np.testing.assert_allclose(some, alone, atol=1e-5)
    upper = opened.activations(opened.encode(texts[5:9]), 1, workspace.progress)
    below = opened.activations(plain, 1, workspace.progress)
    for row in range(4):
        one, other = (kept.batch(np.array([row]))[0] for kept in (upper, below))
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_an_attempt_on_validation_is_compared_on_the_rows_that_both_have(measured: Path) -> None:
    project = Project(measured)
    workspace = project._workspace
    rung: Rung = plugins.load("rungs", "nearest")
    with workspace.writing("climb"):
        alone = attempt(workspace, "nearest", rung, {}, rung_context(workspace), "", fold=False)
    assert alone.goal.on == "validation"
    frozen = next(one for one in project.attempts() if one.rung == "frozen")
    found = project.compare(alone.id, frozen.id)
    assert found.rows == alone.goal.rows == project.status()["splits"]["validation"]
    page = project.report().read_text(encoding="utf-8")
    assert f"cross-validated on {frozen.goal.rows} rows" in page
    back = project.compare(frozen.id, alone.id)
    assert back.difference == pytest.approx(-found.difference)


def test_by_time_a_fold_is_answered_by_models_of_older_rows(tmp_path: Path) -> None:
    made = [
        (text, label, f"2026-03-{1 + n // 8:02}") for n, (text, label) in enumerate(rows()[:240])
    ]
    table = pl.DataFrame(made, ["text", "label", "day"], orient="row")
    table.write_csv(tmp_path / "requests.csv")
    settings = ("data.time=day", "data.split=time")
    project = Project.init(
        tmp_path / "task", data=tmp_path / "requests.csv", goal=GOAL, settings=settings
    )
    project.split()
    project.audit()
    project.climb(rungs=("majority", "linear"))
    linear = project.attempts()[-1]
    folds = project._workspace.folds
    assert folds is not None
    assert folds.forward
    splits = project.status()["splits"]
    assert linear.goal.on == "folds"
    assert linear.goal.rows == len(folds.answered) < splits["train"] + splits["validation"]
    newest = folds.learnt.group_by("fold").agg(pl.col("time").max()).sort("fold")
    assert newest["time"].is_sorted()
    assert linear.goal.value > project.attempts()[0].goal.value


def test_rows_that_both_answered_are_paired_by_id() -> None:
    known = pl.DataFrame({"id": list("abcd"), "expected": list("xyxy"), "fold": [0, 1, 0, 1]})
    one = Predictions(pl.Series(list("abcd")), pl.Series(list("xxxy")), None, ("x", "y"))
    two = Predictions(pl.Series(list("db")), pl.Series(list("xy")), None, ("x", "y"))
    both = shared_rows(known, one, two)
    assert both.expected.to_list() == ["y", "y"]
    assert both.first.outputs.to_list() == ["x", "y"]
    assert both.second.outputs.to_list() == ["y", "x"]
    assert both.fold is None
    whole = shared_rows(known, one, dataclasses.replace(one), folded=True)
    assert whole.fold is not None
    assert whole.fold.to_list() == [0, 1, 0, 1]
    with pytest.raises(ValueError, match="share no row"):
        shared_rows(known, one, two.where(pl.Series([False, False])))


def test_curation_changes_what_is_learnt_and_never_what_is_scored(
    measured: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "task"
    shutil.copytree(measured, folder)
    project = Project(folder)
    train = project._workspace.part("train")
    dropped, guessed, adjudicated = train["id"][:3]
    was = dict(train.select("id", "expected").iter_rows())
    other = {row: next(one for one in CLASSES if one != was[row]) for row in was}
    decisions = folder / "decisions.csv"
    with decisions.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "action", "label", "reason", "by"])
        writer.writeheader()
        writer.writerows(
            [
                {"id": dropped, "action": "drop", "reason": "noise"},
                {"id": guessed, "action": "relabel", "label": other[guessed], "reason": "model"},
                {"id": adjudicated, "action": "relabel", "label": other[adjudicated],
                 "reason": "read", "by": "Ada"},
            ]
        )  # fmt: skip
    project.curate(decisions=decisions)
    workspace = Project(folder)._workspace
    folds = workspace.folds
    assert folds is not None
    scored = dict(folds.answered.select("id", "expected").iter_rows())
    learnt = dict(folds.learnt.select("id", "expected").iter_rows())
    assert scored.keys() == was.keys() | set(workspace.part("validation")["id"])
    assert dropped not in learnt
    assert learnt[guessed] == other[guessed]
    assert scored[guessed] == was[guessed], "what nobody adjudicated is not what is right"
    assert learnt[adjudicated] == scored[adjudicated] == other[adjudicated]
    # The folds are those of the split, whatever was curated since.
    before = Project(measured)._workspace.folds
    assert before is not None
    assert dict(before.answered.select("id", "fold").iter_rows()) == dict(
        folds.answered.select("id", "fold").iter_rows()
    )
    again = Project(folder)
    again.audit()
    again.climb(rungs=("majority",))
    assert again.attempts()[-1].goal.rows == len(scored)


def test_folds_that_are_asked_for_after_the_split_are_said_to_be_missing(tmp_path: Path) -> None:
    data = write(tmp_path / "requests.csv", rows()[:200])
    folder = Project.init(tmp_path / "task", data=data, goal=GOAL).folder
    Project(folder, settings=("policy.cross_validate_below=0",)).split()
    late = Project(folder)._workspace
    told = folds_came_late(late)
    assert "is 400 now, and was 0 at the split" in told and "`policy.seed`" in told
    assert late.state.split is not None and late.state.split.folds == ""
    again = Project(folder, settings=("policy.seed=21",))
    assert again.split().folds and folds_came_late(again._workspace) == ""
