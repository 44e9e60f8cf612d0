"""Documents are looked up, then tuned on, and the search is measured apart (R39)."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import polars as pl
import pytest
from tests.small_documents import about_documents, documents
from tests.small_encoder import accuracy, context, examples, write_encoder
from tests.small_language import write_language_model

from rungwise import Project, plugins
from rungwise.conversation import of_input
from rungwise.progress import Silent
from rungwise.table import Examples
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
    assert [one.configuration["search"] for one in tried[:3]] == ["lexical", "dense", "fused"]
    assert [one.configuration["chunks"] for one in tried[:4]] == [3, 3, 3, 1]
    assert [one.configuration["shots"] for one in tried] == [0, 0, 0, 0, 2]
    by_words = tried[0].details["retrieval"]
    assert by_words["by"] == "document" and by_words["search"] == "lexical"
    # Size and thing name the document, and no other has both words.
    assert by_words["recall@1"]["value"] == 1.0
    assert by_words["recall@1"]["rows"] == 12 and by_words["recall@1"]["low"] > 0.7
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


def test_without_an_encoder_words_are_left(folder: Path) -> None:
    said: list[str] = []

    class Heard(Silent):
        def say(self, message: str) -> None:
            said.append(message)

    bare = about_documents(context(folder, "language", kind="generate"), "./absent")
    bare = dataclasses.replace(bare, progress=Heard())
    rung = plugins.load("rungs", "rag")
    first = rung.propose(bare, [])
    fitted = rung.fit(first, 1, examples(0, 30), examples(30, 6), bare)
    assert first["search"] == "lexical"
    assert any("by words alone: There is no model folder" in one for one in said)
    assert "dense" not in {path.stem for path in _saved(fitted, folder)}


def _saved(fitted: object, folder: Path) -> list[Path]:
    place = folder / "saved"
    place.mkdir()
    fitted.save(place)  # type: ignore[attr-defined]
    return list(place.rglob("*"))


def test_as_many_passages_as_there_is_room_for(folder: Path) -> None:
    about = about_documents(context(folder, "language", kind="generate"), None)
    roomy = about.task.retrieval.model_copy(update={"words": 30, "chunks": 9})
    about = dataclasses.replace(
        about, task=about.task.model_copy(update={"retrieval": roomy}), documents=documents()
    )
    rung = plugins.load("rungs", "rag")
    asked = {"prompt": 0, "search": "lexical", "chunks": 9, "selection": None, "shots": 0}
    rows = examples(0, 12)
    long = " ".join(["password login parcel money"] * 12)
    fitted = rung.fit(asked, 1, rows, rows, about)
    told = fitted.prompts(pl.Series(["password parcel money", long]))
    shown = [one[-1].content.count("\n\n") for one in told]
    assert shown[0] == 3 > shown[1]
    assert fitted.details["fewer_passages"] == 1
    assert accuracy(rows.expected, fitted.predict(rows.inputs, Silent())) >= 0
