"""The selected attempt is fitted once more, to train and validation, before the test is opened."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from tests.constructed import attempt, measured
from tests.small_encoder import write_encoder
from tests.small_task import GOAL, rows, write

from rungwise import Project
from rungwise.evaluation.learning_curve import KEY
from rungwise.objects import digest_json
from rungwise.protocols import CHOSEN
from rungwise.workflow.by_folds import CHOSEN_BY_FOLD, agreed, fit_chosen
from rungwise.workflow.refit import _without_personal, why_not


@pytest.fixture(scope="module")
def climbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose climb is over, and whose seal is whole."""
    folder = tmp_path_factory.mktemp("refit")
    write_encoder(folder / "task" / "encoder")
    data = write(folder / "task" / "requests.csv")
    project = Project.init(folder / "task", data=data, goal=GOAL, models=["encoder"])
    assert project.run().reached
    return folder / "task"


@pytest.fixture
def copied(climbed: Path, tmp_path: Path) -> Callable[..., Project]:
    def copy(**training: object) -> Project:
        folder = tmp_path / "task"
        shutil.copytree(climbed, folder)
        if training:
            path = folder / "rungwise.yaml"
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            path.write_text(yaml.safe_dump(content | {"training": training}), encoding="utf-8")
        return Project(folder)

    return copy


def test_what_is_tested_has_learnt_from_train_and_validation(
    copied: Callable[..., Project],
) -> None:
    project = copied()
    chosen = project.status()["selected"]
    attempts = [one["id"] for one in project.status()["attempts"]]
    result = project.test()
    kinds = [entry.kind for entry in project.log()]
    last = [one.payload for one in project.log("attempt")][-1]
    assert last["refit_of"] == chosen == result.attempt
    assert last["id"] == result.refit == digest_json({"refit_of": chosen})
    assert kinds.index("unsealing") > len(kinds) - 1 - kinds[::-1].index("attempt")
    # It is on record, and no attempt that could be selected.
    assert [one["id"] for one in project.status()["attempts"]] == attempts
    assert project.status()["selected"] == chosen
    selected = next(one for one in project.attempts() if one.id == chosen)
    by_fold = agreed(selected.details[CHOSEN_BY_FOLD]) if selected.trains else {}
    assert last["details"][CHOSEN] == (by_fold or selected.details[CHOSEN])
    splits = project.status()["splits"]
    curve = last["details"][KEY]
    assert curve["refitted"] == splits["train"] + splits["validation"]
    assert curve["rows"] == splits["train"] + splits["validation"]  # each answered out of fold
    assert curve["full"] == pytest.approx(0.8 * curve["rows"], abs=1)
    assert curve["half"] == pytest.approx(0.4 * curve["rows"], abs=1)
    project.verify()


def test_the_release_holds_the_refitted_model(
    copied: Callable[..., Project], tmp_path: Path
) -> None:
    project = copied()
    result = project.test()
    release = project.ship(confirm_monitoring="Ada")
    manifest = json.loads((project.folder / release.folder / "manifest.json").read_text())
    assert manifest["attempt"] == release.attempt == result.attempt
    assert manifest["refit"] == result.refit
    card = (project.folder / release.folder / "README.md").read_text(encoding="utf-8")
    assert "fitted once more, to train and validation" in card
    assert project.status()["step"] == "released"
    # What is shipped answers the test rows as the test did.
    workspace = project._workspace
    inputs = workspace.part("test")["input"]
    inputs.rename("text").to_frame().write_csv(tmp_path / "new.csv")
    project.predict(tmp_path / "new.csv", output=tmp_path / "answers.jsonl")
    answered = pl.read_ndjson(tmp_path / "answers.jsonl")["label"]
    assert answered.to_list() == workspace.predictions(result.predictions).outputs.to_list()
    project.verify()
    page = project.report().read_text(encoding="utf-8")
    assert "fitted once more" in page
    assert "What the last rows brought" in page


def test_a_task_can_leave_it_out(copied: Callable[..., Project]) -> None:
    project = copied(refit=False)
    before = [entry.payload["id"] for entry in project.log("attempt")]
    project.run()  # the setting changes no attempt, so none is repeated
    result = project.test()
    assert result.refit == ""
    assert [entry.payload["id"] for entry in project.log("attempt")] == before
    project.ship(confirm_monitoring="Ada")
    project.verify()


def test_an_interrupted_test_does_not_fit_again(
    copied: Callable[..., Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copied()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("rungwise.workflow.test.open_test", interrupt)
        with pytest.raises(KeyboardInterrupt):
            project.test()
    made = len(project.log("attempt"))
    result = Project(project.folder).test()
    assert result.refit
    assert result.unseal == 1
    assert len(project.log("attempt")) == made
    assert len(project.log("unsealing")) == 1


def test_what_is_not_fitted_again_is_said_with_the_reason(copied: Callable[..., Project]) -> None:
    workspace = copied()._workspace
    untrained = attempt("zero_shot", measured(0.9))
    shown = replace(untrained, rung="few_shot", configuration={"shots": 12})
    told = why_not(workspace, shown)
    assert told.startswith("few_shot is tested as it was measured") and "prompt" in told
    foreign = replace(attempt("lora", measured(0.9)), rung="borrowed")
    assert "does not say what it chose" in why_not(workspace, foreign)
    assert why_not(workspace, untrained) == ""
    assert why_not(workspace, attempt("linear", measured(0.9), details={CHOSEN: {}})) == ""


def test_names_that_were_redacted_in_train_are_not_learnt_from_validation(tmp_path: Path) -> None:
    people = [f"{a}.{b}" for a in ("anna", "omar", "wei") for b in ("lindqvist", "okonkwo", "ek")]
    data = write(
        tmp_path / "requests.csv",
        [
            (f"{text}. Write to {people[n % 9]}@example.org, please.", label)
            for n, (text, label) in enumerate(rows())
        ],
    )
    write_encoder(tmp_path / "task" / "encoder")
    project = Project.init(tmp_path / "task", data=data, goal=GOAL, models=["encoder"])
    project.split()
    project.audit()
    project.curate(accept=["personal.email=redact"])
    project.audit()
    project.climb(rungs=["majority", "zero_shot", "nearest"])
    learnt: list[pl.DataFrame] = []

    def fit(rung: Any, chosen: Any, seed: int, rows: pl.DataFrame, context: Any) -> Any:
        learnt.append(rows)
        return fit_chosen(rung, chosen, seed, rows, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rungwise.workflow.refit.fit_chosen", fit)
        assert project.test().refit
    splits = project.status()["splits"]
    assert len(learnt[0]) == splits["train"] + splits["validation"]
    assert learnt[0]["input"].str.contains("<EMAIL>").all()
    assert not learnt[0]["input"].str.contains("@").any()
    validation = project._workspace.part("validation")["input"]
    assert validation.str.contains("@example.org").all(), "measured on as they are"


def test_nor_are_those_that_were_redacted_in_the_texts_to_write(tmp_path: Path) -> None:
    size = [f"box {n}" for n in range(80)]
    told = [f"Write to anna.lindqvist{n}@example.org about box {n}." for n in range(80)]
    pl.DataFrame({"text": size, "answer": told}).write_csv(tmp_path / "rows.csv")
    project = Project.init(
        tmp_path / "task",
        data=tmp_path / "rows.csv",
        goal="Write the answer to each request with at least 50 percent chrf",
        metric="chrf",
        columns={"input": "text", "label": "answer"},
        models=["nobody"],
    )
    project.split()
    project.audit()
    project.curate(accept=["personal.email_in_output=redact"])
    project.audit()
    learnt = _without_personal(project._workspace)["expected"]
    assert len(learnt)
    assert learnt.str.contains("<EMAIL>").all() and not learnt.str.contains("@").any()
    assert project._workspace.part("validation")["expected"].str.contains("@").all()
