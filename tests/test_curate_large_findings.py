"""A finding of many rows keeps few in the ledger; curation acts on every row all the same."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import GOAL, rows, write

from rungwise import Project
from rungwise.records import MERGES, SUGGESTED, Finding, RowReference, Span, to_json
from rungwise.workflow.finding_rows import MOST, kept

NAME = "nkechi okonkwo"
"""No rule knows it, so that only what is on record can take it out."""


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A split task in which every text ends with that name."""
    folder = tmp_path_factory.mktemp("divided")
    content = [(f"{text} says {NAME}", label) for text, label in rows()]
    data = write(folder / "requests.csv", content)
    Project.init(folder / "task", data=data, goal=GOAL).split()
    return folder


@pytest.fixture
def project(divided: Path, tmp_path: Path) -> Project:
    """The same task in a folder of its own."""
    shutil.copytree(divided, tmp_path / "mine")
    return Project(tmp_path / "mine" / "task")


def part(project: Project, name: str) -> pl.DataFrame:
    return Project(project.folder)._workspace.part(name)  # type: ignore[arg-type]


def record(
    project: Project,
    code: str,
    about: pl.DataFrame,
    requirement: str = "R18",
    column: str = "input",
    suggested: Mapping[str, str] | None = None,
    merges: Mapping[str, str] | None = None,
) -> None:
    """Put a finding about training rows on record as an audit does, with the places of the name."""
    workspace, split = project._workspace, project._workspace.state.split
    assert split is not None and len(about) > MOST, "the finding has to be a large one"
    references = [
        RowReference(id, "train", 1, spans=_places(text))
        for id, text in about.select("id", column).iter_rows()
    ]
    finding = Finding(
        code, "warn", "many", "Look.", requirement, len(about), tuple(references),
        {SUGGESTED: dict(suggested or {}), MERGES: dict(merges or {})},
    )  # fmt: skip
    stored = kept(finding, workspace.objects)
    assert stored.kept is not None and len(stored.rows) < len(about)
    payload = {"data": split.id, "audit": code.partition(".")[0], "findings": to_json([stored])}
    workspace.record("audit", payload | {"read_sealed_inputs": False})


def _places(text: str) -> tuple[Span, ...]:
    at = text.find(NAME)
    return (Span(at, at + len(NAME), "name"),) if at >= 0 else ()


def decide(path: Path, decisions: Sequence[Mapping[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "action", "label", "text", "reason", "by"])
        writer.writeheader()
        writer.writerows({"reason": "said so", **one} for one in decisions)
    return path


def without_name(texts: pl.Series) -> list[str]:
    return texts.str.replace(NAME, "<NAME>", literal=True).to_list()


def test_redact_changes_every_row(project: Project) -> None:
    before = part(project, "train")
    record(project, "personal.name", before)
    version = project.curate(accept=["personal.name=redact"])
    assert [(step.action, step.count) for step in version.chain] == [("redact", len(before))]
    assert part(project, "train")["input"].to_list() == without_name(before["input"])
    assert part(project, "validation")["input"].str.contains(NAME).all()
    project.verify()


def test_redact_by_a_file_knows_every_place_too(project: Project) -> None:
    before = part(project, "train")
    record(project, "personal.name", before)
    mine = [{"id": row, "action": "redact"} for row in before["id"]]
    project.curate(decisions=decide(project.folder / "mine.csv", mine))
    assert part(project, "train")["input"].to_list() == without_name(before["input"])


def test_drop_sets_every_row_aside(project: Project) -> None:
    before = part(project, "train")
    record(project, "copies", about := before[2:])
    version = project.curate(accept=["copies=drop"])
    assert version.rows["train"] == len(part(project, "train")) == 2
    assert {row.id for row in project.quarantined()} == set(about["id"])


def test_relabel_gives_every_row_the_label_that_is_suggested(project: Project) -> None:
    before = part(project, "train")
    turned = {"refund": "access", "access": "delivery", "delivery": "refund"}
    new = [turned[label] for label in before["expected"]]
    suggested = dict(zip(before["id"], new, strict=True))
    record(project, "mislabelled", before, "R12", suggested=suggested)
    project.curate(accept=["mislabelled=relabel"])
    assert part(project, "train")["expected"].to_list() == new


def test_a_row_of_two_findings_is_relabelled_and_redacted(project: Project) -> None:
    """The promise to redact holds whatever else is decided about the row."""
    before = part(project, "train")
    suggested = {id: "access" for id, label in before.select("id", "expected").iter_rows()
                 if label == "refund"}  # fmt: skip
    assert len(suggested) > MOST
    record(project, "mislabelled", before.filter(pl.col("expected") == "refund"), "R12",
           suggested=suggested)  # fmt: skip
    record(project, "personal.name", before)
    project.curate(accept=["mislabelled=relabel", "personal.name=redact"])
    after = part(project, "train")
    assert "refund" not in after["expected"].to_list()
    assert after["input"].to_list() == without_name(before["input"])


def test_merge_by_a_finding_takes_every_row_of_the_labels_that_it_names(project: Project) -> None:
    before = part(project, "train")
    record(project, "labels.spelling", before, "R12", merges={"access": "delivery"})
    project.curate(accept=["labels.spelling=merge"])
    expected = before["expected"].replace("access", "delivery")
    assert part(project, "train")["expected"].to_list() == expected.to_list()


def test_merge_takes_every_row_of_the_label(project: Project) -> None:
    before = part(project, "train")
    record(project, "confused_pairs", before)
    merge = [{"id": "access", "action": "merge", "label": "delivery"}]
    project.curate(decisions=decide(project.folder / "merge.csv", merge))
    expected = before["expected"].replace("access", "delivery")
    assert part(project, "train")["expected"].to_list() == expected.to_list()


def test_a_review_asks_about_every_row_and_each_decision_is_applied(project: Project) -> None:
    before = part(project, "train")
    record(project, "mislabelled", before, "R12")
    record(project, "personal.name", before)
    path = project.folder / "review.csv"
    # The audits that are owed find what they find; the rows of this finding are all among them.
    written = project.review(path).written
    asked = pl.read_csv(path, infer_schema=False)
    assert written == len(asked) and set(before["id"]) <= set(asked["id"])
    assert not asked["input"].str.contains(NAME).any(), "whoever reviews need not know the name"
    drop = pl.col("id").is_in(before["id"].tail(len(before) - 5).implode())
    ruled = {True: "drop", False: "keep"}
    asked.with_columns(
        by=pl.lit("Ada"),
        decision=drop.replace_strict(ruled, return_dtype=pl.String),
    ).write_csv(path)
    assert project.review(path).decided == len(asked)
    project.curate(reviewed=True)
    assert part(project, "train")["id"].to_list() == before["id"].head(5).to_list()


def test_redact_changes_every_expected_text(tmp_path: Path) -> None:
    content = [
        {"prompt": f"Who wrote letter {number}?", "completion": f"It was {NAME}, on day {number}."}
        for number in range(300)
    ]
    data = tmp_path / "letters.jsonl"
    data.write_text("".join(json.dumps(one) + "\n" for one in content), encoding="utf-8")
    project = Project.init(
        tmp_path / "task", data=data, goal="Answer who wrote a letter, exact match of at least 0.9"
    )
    project.split()
    before = part(project, "train")
    record(project, "personal.name_in_output", before, column="expected")
    project.curate(accept=["personal.name_in_output=redact"])
    after = part(project, "train")
    assert after["expected"].to_list() == without_name(before["expected"])
    assert after["input"].equals(before["input"])
    project.verify()
