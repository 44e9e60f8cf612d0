"""From a sentence and a file to a release that answers: one small task, walked once."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import GOAL, rows, write

from rungwise import Project
from rungwise.errors import GateHolds, LedgerError


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("walk")
    data = write(folder / "requests.csv")
    project = Project.init(folder / "task", data=data, goal=GOAL, models=[encoder])
    assert project.run().reached
    project.test()
    project.ship(confirm_monitoring="Ada")
    yield project


def test_the_status_has_the_documented_shape(walked: Project) -> None:
    view = walked.status()
    assert {"task", "step", "next", "splits", "findings", "attempts", "gates", "skipped",
            "selected", "test", "releases"} <= set(view)  # fmt: skip
    assert view["step"] == "released"
    assert set(view["splits"]) == {"train", "validation", "test", "sealed"}
    for attempt in view["attempts"]:
        assert attempt["on"] == "folds"  # 81 validation rows are few
        assert attempt["low"] <= attempt["value"] <= attempt["high"]
    json.dumps(view, allow_nan=False)


def test_every_row_is_in_exactly_one_part(walked: Project) -> None:
    splits = walked.status()["splits"]
    assert splits["train"] + splits["validation"] + splits["test"] == len(rows())


def test_the_climb_stops_at_the_first_rung_that_reaches_the_target(walked: Project) -> None:
    view = walked.status()
    values = {attempt["rung"]: attempt["value"] for attempt in view["attempts"]}
    settling = [one for one in view["attempts"] if one["low"] >= 0.80]
    assert view["selected"] == settling[0]["id"]
    assert {"linear", "frozen"} <= set(values), "the reference is on record (C8)"
    assert not {"unfreeze", "lora", "full"} & set(values)


def test_the_seal_is_opened_before_it_is_read_and_only_once(walked: Project) -> None:
    kinds = [entry.kind for entry in walked.log() if entry.kind in ("unsealing", "test")]
    assert kinds == ["unsealing", "test"]
    with pytest.raises(GateHolds, match="--override test_once"):
        walked.test()
    assert [e.kind for e in walked.log() if e.kind == "unsealing"] == ["unsealing"]


def test_the_release_answers_as_the_test_said(walked: Project, tmp_path: Path) -> None:
    """`predict` on the sealed rows must give the accuracy that `test` reported."""
    told = walked.status()["test"]["goal"]
    project = walked._workspace
    ids = project.predictions(walked.status()["test"]["predictions"]).ids
    labelled = dict(rows())
    inputs = project.part("test").filter(pl.col("id").is_in(ids.implode()))["input"]
    unlabelled = tmp_path / "new.csv"
    inputs.rename("text").to_frame().write_csv(unlabelled)
    answers = tmp_path / "answers.jsonl"
    assert walked.predict(unlabelled, output=answers) == len(inputs)
    given = [json.loads(line)["label"] for line in answers.read_text().splitlines()]
    right = sum(label == labelled[text] for label, text in zip(given, inputs, strict=True))
    assert right / len(inputs) == pytest.approx(told["value"])


def test_a_second_run_repeats_no_attempt(walked: Project) -> None:
    before = len(walked.log("attempt"))
    Project(walked.folder).run()
    assert len(walked.log("attempt")) == before


def test_the_report_is_one_file_that_fetches_nothing(walked: Project, tmp_path: Path) -> None:
    page = walked.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script src" not in page and "<link" not in page and "@import" not in page


def test_the_same_attempt_shipped_twice_gives_the_same_bytes(
    walked: Project, tmp_path: Path
) -> None:
    shutil.copytree(walked.folder, tmp_path / "again")
    again = Project(tmp_path / "again")
    shutil.rmtree(again.folder / "releases")
    first, second = walked.log("release")[0].payload, again.ship(confirm_monitoring="Ada")
    assert (first["version"], second.version) == ("v1.0", "v1.1")
    assert first["manifest"] == second.manifest
    assert first["about"] != second.about
    differing = []
    for path in sorted((again.folder / second.folder).rglob("*")):
        name = path.relative_to(again.folder / second.folder)
        if path.read_bytes() != (walked.folder / first["folder"] / name).read_bytes():
            differing.append(str(name))
    assert differing == ["README.md", "RUNBOOK.md", "release.json"]
    assert again.verify().entries == len(again.log())


def test_one_changed_character_is_found(walked: Project, tmp_path: Path) -> None:
    assert walked.verify().entries == len(walked.log())
    database = walked.folder / ".rungwise" / "ledger.db"
    kept = database.read_bytes()
    try:
        with sqlite3.connect(database) as connection:
            connection.execute(
                "update entries set payload = replace(payload, '\"seed\":20', '\"seed\":21') "
                "where kind = 'attempt'"
            )
        first = walked.log("attempt")[0].sequence
        with pytest.raises(LedgerError, match=rf"\b{first}\b"):
            Project(walked.folder).verify()
    finally:
        database.write_bytes(kept)
    walked.verify()
