"""Answers that are copied: the cheapest baselines, with no model behind them (R29, C2)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.made_colours import tried
from tests.scripted_server import scripted
from tests.small_documents import TEXTS, about_documents
from tests.small_encoder import context
from tests.small_texts import answering, text_project

from rungwise import plugins
from rungwise.errors import ModelError
from rungwise.progress import Silent
from rungwise.protocols import RungContext
from rungwise.release.opened import opened
from rungwise.reporting.standings import most_telling
from rungwise.table import Examples

ROWS = pl.DataFrame(
    {
        "id": ["1", "2", "3"],
        "input": ["flights from Boston to Denver", "the price of a ticket", "meals on board"],
        "expected": ['{"from": "Boston", "to": "Denver"}', '{"ask": "price"}', '{"ask": "meal"}'],
    }
)


@pytest.fixture
def about(tmp_path: Path) -> RungContext:
    return about_documents(context(tmp_path, "language", kind="generate"), None)


def asked(*texts: str) -> Examples:
    ids = [str(place) for place in range(len(texts))]
    return Examples.of(pl.DataFrame({"id": ids, "input": texts, "expected": texts}))


def test_the_output_of_the_nearest_training_input_is_copied(about: RungContext) -> None:
    rung = plugins.load("rungs", "copy_nearest")
    train = Examples.of(ROWS)
    questions = asked("a ticket, what is its price?", "which meals are served on board", "Denver")
    fitted = rung.fit({}, 1, train, questions, about)
    outputs = fitted.predict(questions.inputs, Silent()).outputs.to_list()
    expected = ROWS["expected"]
    assert outputs == [expected[1], expected[2], expected[0]]


def test_the_lead_sentence_of_the_best_document_is_quoted(about: RungContext) -> None:
    """The chunk that is found need not be the first one of its document."""
    rung = plugins.load("rungs", "lead_sentence")
    questions = asked("how is a late parcel tracked", "a login fails", "zzz")
    fitted = rung.fit({}, 1, Examples.of(ROWS), questions, about)
    leads = {name: text.partition(". ")[0] + "." for name, text in TEXTS.items()}
    told = fitted.predict(questions.inputs, Silent())
    assert told.outputs.to_list() == [leads["parcels"], leads["logins"], ""]


@pytest.mark.parametrize("name", ["copy_nearest", "lead_sentence"])
def test_a_release_of_copies_has_no_model(name: str, about: RungContext, tmp_path: Path) -> None:
    rung, questions = plugins.load("rungs", name), asked("when is a late parcel there", "meals")
    fitted = rung.fit({}, 1, Examples.of(ROWS), questions, about)
    (folder := tmp_path / "export").mkdir()
    fitted.export(folder)
    answered = opened(folder, exported=True).predict(questions.inputs, Silent())
    assert answered.outputs.equals(fitted.predict(questions.inputs, Silent()).outputs)
    assert not [path for path in folder.rglob("*") if path.name in ("model", "adapter")]
    kept = folder / ("copied.json" if name == "copy_nearest" else "retrieval/chunks.json")
    kept.write_text("[")
    with pytest.raises(ModelError, match="does not hold what an attempt saves"):
        opened(folder, exported=True).predict(questions.inputs, Silent())


def test_they_stand_below_all_that_asks_a_model() -> None:
    heights = {name: plugins.load("rungs", name).height for name in plugins.names("rungs")}
    for copy in ("copy_nearest", "lead_sentence"):
        assert heights[copy] < min(heights["prompt"], heights["few_shot"], heights["rag"])


def test_without_documents_there_is_no_lead_sentence(tmp_path: Path) -> None:
    bare = context(tmp_path, "language", kind="generate")
    why = plugins.load("rungs", "lead_sentence").excuse(bare)
    assert why is not None and why.startswith("Not applicable, because")


def test_a_task_that_copying_solves_is_tested_and_shipped_without_a_model(tmp_path: Path) -> None:
    with scripted(answering()) as server:
        project = text_project(tmp_path, server.name, "policy.resamples=200", metric="json_f1")
        ended = project.run()
        asked = len(server.asked)
    assert ended.reached and ended.selected is not None and ended.selected.rung == "copy_nearest"
    project.test()
    project.override("test_confirms", by="Ada", role="owner", reason="few rows")
    release = project.ship(confirm_monitoring="Ada")
    assert (project.folder / release.folder / "copied.json").is_file()
    card = (project.folder / release.folder / "README.md").read_text()
    assert "No model is in this release" in card
    answers = project.predict(tmp_path / "rows.csv", release="v1.0", output=tmp_path / "a.jsonl")
    assert answers is not None and asked == 0


def test_where_nothing_is_right_the_errors_of_a_model_are_shown() -> None:
    """Of a copy they would tell nothing about it."""
    (copied, _), (prompt, _), (shots, _) = (
        tried(rung, 0, model="" if rung == "copy_nearest" else "base@1")
        for rung in ("copy_nearest", "prompt", "few_shot")
    )
    better = tried("copy_nearest", 5, model="")[0]
    assert most_telling((copied, prompt, shots), greater=True) is shots
    assert most_telling((better, prompt, shots), greater=True) is better
    assert most_telling((copied,), greater=True) is copied
    assert most_telling((), greater=True) is None
