"""Documents that changed make a minor release: measured again on validation, untested (R39)."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application

KIM = {"by": "Kim Sato", "role": "operations", "reason": "the test confirms it"}
COLOURS = ("red", "blue", "green", "black")
NAMES = [f"{size} {thing}" for size in ("big", "small", "old", "new", "nice")
         for thing in ("car", "hat", "cup", "pen", "box", "bag", "jar")]  # fmt: skip
FACTS = {name: f"The {name} is {COLOURS[place % 4]}." for place, name in enumerate(NAMES)}
QUICK = (
    "policy.personal_characters=0", "policy.resamples=100", "policy.evaluation_rows=30",
    "retrieval.encoder=none",
)  # fmt: skip


def write(path: Path, before: str = "", further: int = 0) -> None:
    texts = [{"id": name, "text": f"{before}{fact}"} for name, fact in FACTS.items()]
    texts += [{"id": f"wire {n}", "text": f"Chapter {n} is about wires."} for n in range(further)]
    path.write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")


def test_a_changed_document_is_a_minor_release_without_a_test(tmp_path: Path) -> None:
    documents = tmp_path / "texts.jsonl"
    write(documents)
    asked = ("what colour is the {}?", "the {}, what is its colour", "tell me of the {}",
             "which colour has the {}", "colour of {}")  # fmt: skip
    rows = [(one.format(name), fact) for name, fact in FACTS.items() for one in asked]
    pl.DataFrame(rows, ["question", "answer"], orient="row").write_csv(tmp_path / "rows.csv")
    project = Project.init(
        tmp_path / "task",
        data=tmp_path / "rows.csv",
        documents=documents,
        goal="Answer with the fact with at least 60 percent exact match",
        metric="exact_match",
        columns={"input": "question", "label": "answer"},
        settings=QUICK,
    )
    project.split()
    project.audit()
    project.climb(rungs=["copy_nearest", "lead_sentence"])
    project.test()
    project.ship(confirm_monitoring="Kim Sato")
    project.promote("v1.0", **KIM)
    assert project.refresh_plan().due is None

    write(documents, further=3)
    told = CliRunner().invoke(application, ["refresh", "-C", str(project.folder)])
    assert told.exit_code == 0, f"{told.output} {told.exception}"
    assert "v1.1 is a candidate" in told.output and "validation rows" in told.output
    changed = Project(project.folder)
    assert len(changed.log("unsealing")) == 1, "the test part stays closed"
    (entry,) = changed.log("refreshed")
    assert (entry.payload["trigger"], entry.payload["outcome"]) == ("documents", "measured again")
    folder = project.folder / "releases" / "v1.1"
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["test"] == []
    assert "and not tested" in (folder / "README.md").read_text(encoding="utf-8")
    assert "It was not tested." in (folder / "RUNBOOK.md").read_text(encoding="utf-8")
    changed.promote("v1.1", **KIM)
    assert Project(project.folder).refresh_plan().due is None
    answers = changed.release().predict(["what colour is the big car?"])
    assert answers["output"].to_list() == [FACTS["big car"]]

    write(documents, before="Nothing. ")  # now the first sentence of every document says nothing
    worse = Project(project.folder).refresh()
    assert (worse.outcome, worse.version) == ("no better", "")
    assert worse.compared is not None and worse.compared.won == 0 < worse.compared.lost
    assert [one["version"] for one in Project(project.folder).status()["releases"]] == [
        "v1.0",
        "v1.1",
    ]
