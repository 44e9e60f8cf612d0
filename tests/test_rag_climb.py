"""Documents are looked up, then tuned on, and the search is measured apart (R39)."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import polars as pl
import pytest
from tests.small_documents import about_documents
from tests.small_encoder import context, examples, write_encoder
from tests.small_language import write_language_model

from rungwise import Project, plugins
from rungwise.conversation import of_input
from rungwise.errors import ModelError
from rungwise.progress import Silent
from rungwise.release.opened import opened
from rungwise.table import Examples, Inputs
from rungwise.workflow.attempt import attempt_id
from rungwise.workflow.test import restored

COLOURS = ("red", "blue", "green", "black")
SIZES = ("big", "small", "old", "new", "nice")
THINGS = ("car", "hat", "cup", "pen", "box", "bag")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("models")
    write_language_model(place / "language")
    write_encoder(place / "encoder")
    return place


def facts() -> dict[str, str]:
    names = [f"{size} {thing}" for size in SIZES for thing in THINGS]
    return {name: COLOURS[place % 4] for place, name in enumerate(names)}


def write(folder: Path) -> None:
    told = facts()
    with (folder / "texts.jsonl").open("w") as file:
        for name, colour in told.items():
            file.write(json.dumps({"id": name, "text": f"The {name} is {colour}."}) + "\n")
    asked = ("what colour is the {}?", "tell me the colour of the {}", "the {}, what is its colour")
    rows = [(one.format(name), colour, name) for name, colour in told.items() for one in asked]
    pl.DataFrame(rows, ["question", "answer", "document"], orient="row").write_csv(
        folder / "rows.csv"
    )


def test_documents_are_looked_up_and_then_tuned_on(folder: Path, tmp_path: Path) -> None:
    write(tmp_path)
    project = Project.init(
        tmp_path / "task",
        data=tmp_path / "rows.csv",
        documents=tmp_path / "texts.jsonl",
        goal="Answer with the colour with at least 90 percent exact match",
        metric="exact_match",
        columns={"input": "question", "label": "answer"},
        models=[str(folder / "language")],
        settings=(
            "policy.evaluation_rows=12", "generation.shots=2", "generation.max_tokens=4",
            "training.epochs=1", "training.learning_rates=[1e-4]", "retrieval.words=8",
            "retrieval.overlap=2", f"retrieval.encoder={folder / 'encoder'}",
        ),
    )  # fmt: skip
    project.split()
    project.audit()
    first = project.climb(rungs=["prompt", "rag"])
    tried = [one for one in first.attempts if one.rung == "rag"]
    # The search is chosen by what it finds of all validation rows, before anything is answered.
    assert [one.configuration["search"] for one in tried] == ["lexical"] * 3
    assert [one.configuration["chunks"] for one in tried[:2]] == [3, 1]
    assert [one.configuration["shots"] for one in tried] == [0, 0, 2]
    searches = tried[0].details["retrieval"]["searches"]
    assert searches[0]["search"] == "lexical" and len(searches) == 3
    by_words = tried[0].details["retrieval"]
    assert by_words["by"] == "document" and by_words["search"] == "lexical"
    # Size and thing name the document, and no other has both words.
    assert by_words["recall@1"]["value"] == 1.0
    every = len(project._workspace.part("validation"))
    assert by_words["recall@1"]["rows"] == every > 12 and by_words["recall@1"]["low"] > 0.7
    shown = project.status()["retrieval"]
    assert shown["search"] == "lexical" and shown["recall@5"]["rows"] == every
    assert tried[0].details["documents"]["documents"] == len(facts())
    prompts = project._workspace.prompts(tried[0].prompts)
    system, question = of_input(prompts["prompt"][0])
    assert "passages" in system.content
    assert question.content.count("The ") == 3 and "\n\nQuestion: " in question.content

    project.audit()
    for verdict in project.status()["gates"]:
        if verdict["code"] in ("data_audited", "tuning_earned") and verdict["verdict"] == "hold":
            project.override(verdict["code"], by="Ada", role="ml", reason="to see both together")
    found = project.climb(rungs=["rag_lora"])
    both = next(one for one in found.attempts if one.rung == "rag_lora")
    assert both.curve and both.details["trained_parameters"] > 0
    best = max(tried, key=lambda one: one.goal.value)
    assert both.configuration["search"] == best.configuration["search"]
    assert both.details["retrieval"]["by"] == "document"
    kept = project._workspace.measured()
    answered = restored(project._workspace, both).predict(Examples.of(kept).inputs, Silent())
    recorded = project._workspace.predictions(both.predictions)
    assert answered.outputs.equals(recorded.outputs)

    texts = tmp_path / "texts.jsonl"
    texts.write_text(texts.read_text().replace("black", "white"))
    later = Project(tmp_path / "task")._workspace
    for one in found.attempts:
        identity = attempt_id(later, one.rung, one.configuration, one.model, trains=one.trains)
        assert (identity == one.id) == (one.rung == "prompt"), "what looks nothing up is as it was"


def test_without_documents_it_says_so(folder: Path) -> None:
    for name in ("rag", "rag_lora"):
        why = plugins.load("rungs", name).excuse(context(folder, "language", kind="generate"))
        assert why is not None and why.startswith("Not applicable, because")


class Heard(Silent):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, message: str) -> None:
        self.lines.append(message)


def test_without_an_encoder_words_are_left(folder: Path, tmp_path: Path) -> None:
    heard = Heard()
    bare = about_documents(context(folder, "language", kind="generate"), "./absent")
    bare = dataclasses.replace(bare, progress=heard)
    rung = plugins.load("rungs", "rag")
    first = rung.propose(bare, [])
    fitted = rung.fit(first, 1, examples(0, 30), examples(30, 6), bare)
    assert first["search"] == "lexical"
    told = [one for one in heard.lines if "by words alone: There is no model folder" in one]
    assert len(told) == 1
    fitted.save(tmp_path)
    assert "dense" not in {path.stem for path in tmp_path.rglob("*")}


def test_as_many_passages_as_there_is_room_for(folder: Path) -> None:
    about = about_documents(context(folder, "language", kind="generate"), None)
    roomy = about.task.retrieval.model_copy(update={"words": 30, "chunks": 9})
    task = about.task.model_copy(update={"retrieval": roomy})
    about = dataclasses.replace(about, task=task)
    rung = plugins.load("rungs", "rag")
    asked = {"prompt": 0, "search": "lexical", "chunks": 9, "selection": None, "shots": 0}
    rows = examples(0, 12)
    fitted = rung.fit(asked, 1, rows, rows, about)
    long = " ".join(["password login parcel money"] * 12)
    questions = pl.Series(["password parcel money", long])
    shown = [one[-1].content.count("\n\n") for one in fitted.prompts(questions)]
    assert shown[0] == 3 > shown[1]
    heard = Heard()
    fitted.predict(Inputs(pl.Series(["1", "2"]), questions), heard)
    assert any("1 of 2 questions have fewer passages" in one for one in heard.lines)


def test_a_release_answers_alone_and_a_torn_one_says_so(folder: Path, tmp_path: Path) -> None:
    about = about_documents(context(folder, "language", kind="generate"), "encoder")
    asked = {"prompt": 0, "search": "fused", "chunks": 2, "selection": None, "shots": 0}
    rows = examples(0, 6)
    fitted = plugins.load("rungs", "rag").fit(asked, 1, rows, rows, about)
    fitted.export(tmp_path)
    assert (tmp_path / "retrieval" / "encoder" / "config.json").is_file()
    answered = opened(tmp_path, exported=True).predict(rows.inputs, Silent())
    expected = fitted.predict(rows.inputs, Silent())
    assert answered.written is not None and expected.written is not None
    assert answered.written.equals(expected.written), "the same passages, found by both searches"
    (tmp_path / "retrieval" / "chunks.json").write_text("[")
    with pytest.raises(ModelError, match="does not hold what an attempt with retrieval saves"):
        opened(tmp_path, exported=True).predict(rows.inputs, Silent())
