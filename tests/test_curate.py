"""`curate`: what becomes of the rows, the attempts and the record."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import GOAL, rows, write
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.data.curation import decisions, new_texts
from rungwise.data.personal import redactor
from rungwise.errors import DataError, GateHolds, LedgerError, TaskError

COPY = "Quick one: REFUND, the desk!!"


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A split and audited task without a model; two rows of train are copies."""
    folder = tmp_path_factory.mktemp("audited")
    content = [*rows(), (COPY, "refund"), ("Quick one: refund the desk.", "refund")]
    data = write(folder / "requests.csv", content)
    project = Project.init(folder / "task", data=data, goal=GOAL)
    project.split()
    project.audit()
    return folder


@pytest.fixture
def project(audited: Path, tmp_path: Path) -> Project:
    """The same task in a folder of its own."""
    shutil.copytree(audited, tmp_path / "mine")
    return Project(tmp_path / "mine" / "task")


def part(project: Project, name: str) -> pl.DataFrame:
    return Project(project.folder)._workspace.part(name)  # type: ignore[arg-type]


def decide(project: Project, *decisions: dict[str, str]) -> Path:
    path = project.folder / "decisions.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "action", "label", "text", "reason", "by"])
        writer.writeheader()
        writer.writerows({"reason": "said so", **one} for one in decisions)
    return path


def test_a_finding_is_accepted_and_its_training_rows_go(project: Project) -> None:
    before = part(project, "train")
    found = next(one for one in project.audit() if one.code == "copies")
    expected = {row.id for row in found.rows if row.split == "train"}
    assert expected, "the seed puts the copies into train"
    version = project.curate(accept=["copies"])
    assert set(before["id"]) - set(part(project, "train")["id"]) == expected
    aside = {row.id: row.reason for row in project.quarantined()}
    assert set(aside) == expected
    assert all(reason.startswith("curated: copies: beside") for reason in aside.values())
    assert version.rows["train"] == len(before) - len(expected)
    assert project.status()["splits"]["train"] == version.rows["train"]
    assert {"copies"}.isdisjoint(one.code for one in project.audit())


def test_decisions_of_every_kind_are_applied_to_train_alone(project: Project) -> None:
    train, test = part(project, "train"), part(project, "test")
    one, two, three = train["id"][:3]
    other = next(label for label in ("refund", "access") if label != train["expected"][1])
    version = project.curate(
        decisions=decide(
            project,
            {"id": one, "action": "drop"},
            {"id": two, "action": "relabel", "label": other},
            {"id": three, "action": "redact", "text": "<ORDER> is late"},
        )
    )
    after = part(project, "train")
    assert [step.action for step in version.chain] == ["relabel", "redact", "drop"]
    assert after["id"].to_list() == train["id"].to_list()[1:]
    assert after["expected"][0] == other
    assert after["input"][1] == "<ORDER> is late"
    assert after[2:].equals(train[3:])
    assert part(project, "test").equals(test)
    assert project.provenance(two).changes[0].reason == "said so"
    project.verify()


def test_a_merged_class_vanishes_wherever_it_is_expected(project: Project) -> None:
    project.curate(decisions=decide(project, {"id": "access", "action": "merge", "label": "help"}))
    kept = ["delivery", "help", "refund"]
    for name in ("train", "validation"):
        assert sorted(part(project, name)["expected"].unique()) == kept
    project.audit()
    project.climb(rungs=["majority"])
    row = part(project, "train").filter(pl.col("expected") == "help")["id"][0]
    assert [change.value for change in project.provenance(row).changes] == ["help"]
    from rungwise.data.seal import open_test

    split = project._workspace.state.split
    assert split is not None
    opened = open_test(split, project._workspace.objects, project._workspace.sealed)
    assert sorted(opened["expected"].unique()) == kept


def test_attempts_on_raw_and_on_curated_rows_never_mix(project: Project) -> None:
    raw = project.climb(rungs=["majority"]).attempts[0]
    version = project.curate(accept=["copies"])
    assert project.attempts() == ()
    with pytest.raises(GateHolds, match="data_audited"):
        project.climb(rungs=["majority"])
    project.audit()
    curated = project.climb(rungs=["majority"]).attempts[0]
    assert curated.id != raw.id and curated.data == version.id
    assert project.undo_curation().id == raw.data
    assert project.attempts() == (raw,)
    assert len(project.log("curation")) == 2
    project.verify()


def test_curations_follow_one_another_and_go_back_one_by_one(project: Project) -> None:
    first = project.curate(accept=["copies"])
    row = part(project, "train")["id"][0]
    second = project.curate(decisions=decide(project, {"id": row, "action": "drop"}))
    assert second.parent == first.id and second.chain[: len(first.chain)] == first.chain
    assert project.undo_curation().id == first.id
    assert project.undo_curation().chain == ()
    with pytest.raises(TaskError, match="Nothing was curated"):
        project.undo_curation()


def test_validation_changes_by_adjudicated_relabelling_alone(project: Project) -> None:
    row = part(project, "validation")["id"][0]
    relabel = {"id": row, "action": "relabel", "label": "access"}
    with pytest.raises(DataError, match="nobody is named"):
        project.curate(decisions=decide(project, relabel))
    with pytest.raises(DataError, match="Validation changes only by relabelling"):
        project.curate(decisions=decide(project, {"id": row, "action": "drop"}))
    project.curate(decisions=decide(project, {**relabel, "by": "Ada Lovelace"}))
    assert part(project, "validation")["expected"][0] == "access"
    assert project.provenance(row).changes[0].by == "Ada Lovelace"


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ({"id": "no such row", "action": "drop"}, "'no such row' is no row"),
        ({"id": "TEST", "action": "drop"}, "is in the sealed test part"),
        ({"id": "TEST", "action": "relabel", "label": "refund"}, "never curated"),
        ({"id": "TRAIN", "action": "relabel", "label": "refnud"}, "Did you mean 'refund'"),
        ({"id": "refnud", "action": "merge", "label": "access"}, "Did you mean 'refund'"),
    ],
)
def test_a_decision_that_cannot_be_applied_changes_nothing(
    project: Project, decision: dict[str, str], said: str
) -> None:
    names = {"TEST": part(project, "test")["id"][0], "TRAIN": part(project, "train")["id"][0]}
    fine = {"id": part(project, "train")["id"][5], "action": "drop"}
    asked = decision | {"id": names.get(decision["id"], decision["id"])}
    with pytest.raises(DataError, match=said):
        project.curate(decisions=decide(project, fine, asked))
    assert project.log("curation") == []


def test_what_is_redacted_is_kept_with_the_chain(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replaying needs no redactor: one that finds more next year changes no version."""
    one, two = part(project, "train")["id"][:2]
    asked = decide(
        project,
        {"id": one, "action": "redact"},
        {"id": two, "action": "redact", "text": "as given"},
    )

    def shouted(texts: pl.Series, _: pl.DataFrame) -> pl.Series:
        return pl.Series(["<SHOUTED>"] * len(texts))

    def gone(*_: object) -> pl.Series:
        raise AssertionError("the redactor was asked again")

    monkeypatch.setattr(redactor, "redacted", shouted)
    project.curate(decisions=asked)
    assert part(project, "train")["input"][0] == "<SHOUTED>"
    assert part(project, "train")["input"][1] == "as given"
    monkeypatch.setattr(redactor, "redacted", gone)
    project.verify()


def test_a_redaction_that_would_change_nothing_is_refused_by_its_line(project: Project) -> None:
    one, two = part(project, "train")["id"][:2]
    mine = decide(
        project,
        {"id": one, "action": "redact", "text": "ask <NAME>"},
        {"id": two, "action": "redact"},
    )
    told = rf"Line 3 of .*row '{two}' would stay as it is: nothing.*column `text`"
    with pytest.raises(DataError, match=told):
        project.curate(decisions=mine)
    assert project.log("curation") == []

    once = decide(project, {"id": one, "action": "redact", "text": "ask <NAME>"})
    project.curate(decisions=once)
    project.audit()
    twice = decide(project, {"id": one, "action": "redact"})
    with pytest.raises(DataError, match=rf"Line 2 of .*row '{one}' would stay as it is"):
        project.curate(decisions=twice)
    assert len(project.log("curation")) == 1


def test_redacting_what_a_finding_names_leaves_rows_without_personal_data(
    project: Project,
) -> None:
    code = next(one.code for one in project.audit() if one.points_into("train"))
    with pytest.raises(TaskError, match="No row would change"):
        project.curate(accept=[f"{code}=redact"])
    assert project.log("curation") == []


def test_each_accepted_finding_says_how_many_of_its_rows_changed(tmp_path: Path) -> None:
    """Every row has an address, every second a card number, every third a bank account."""
    held = (" ann@example.org", " 4111 1111 1111 1111", " DE89 3704 0044 0532 0130 00")
    content = [
        (text + "".join(one for n, one in enumerate(held, 1) if at % n == 0), label)
        for at, (text, label) in enumerate(rows())
    ]
    data = write(tmp_path / "a.csv", content)
    made = Project.init(tmp_path / "task", data=data, goal=GOAL)
    made.split()
    made.audit()
    train = part(made, "train")["input"]
    codes = {"personal.email": "@", "personal.card": "4111", "personal.iban": "DE89"}
    expected = {code: int(train.str.contains(mark).sum()) for code, mark in codes.items()}
    accepted = [word for code in codes for word in ("--accept", f"{code}=redact")]
    done = CliRunner().invoke(application, ["curate", "-C", str(made.folder), *accepted])
    assert done.exit_code == 0
    for code, count in expected.items():
        assert count and f"  redact {count:,} rows ({code})\n" in done.stdout
    assert not part(made, "train")["input"].str.contains("@|4111|DE89").any()
    version = Project(made.folder)._workspace.state.curation
    assert version is not None
    assert sum(step.count for step in version.chain) == len(train), "a row changes once"
    Project(made.folder).undo_curation()
    assert part(made, "train")["input"].equals(train)


def test_personal_values_are_put_out_of_a_text() -> None:
    rows = pl.DataFrame({"id": ["1"], "input": ["write to ann@example.org"]})
    asked = pl.DataFrame([("1", "redact", None, "R18", None, 2)], decisions.SCHEMA, orient="row")
    assert new_texts.with_texts(asked, rows)["value"].to_list() == ["write to <EMAIL>"]


def test_a_name_that_a_model_found_is_put_out_too() -> None:
    rows = pl.DataFrame({"id": ["1", "2"], "input": ["nkechi is x@example.org", "ask nkechi"]})
    asked = pl.DataFrame(
        [(id, "redact", None, "R18", None, 2) for id in ("2", "1")], decisions.SCHEMA, orient="row"
    )
    found = [("1", "input", 0, 6, "name"), ("2", "input", 4, 10, "name")]
    known = redactor.Redactor(pl.DataFrame(found, redactor.RECORDED, orient="row"))
    written = new_texts.with_texts(asked, rows, known)["value"].to_list()
    assert written == ["ask <NAME>", "<NAME> is <EMAIL>"]


def test_train_is_never_left_empty_or_with_one_class(project: Project) -> None:
    train = part(project, "train")
    others = train.filter(pl.col("expected") != "refund")["id"]
    with pytest.raises(DataError, match="one class only: 'refund'"):
        project.curate(decisions=decide(project, *({"id": i, "action": "drop"} for i in others)))
    with pytest.raises(DataError, match="drop all"):
        project.curate(
            decisions=decide(project, *({"id": i, "action": "drop"} for i in train["id"]))
        )


def test_what_can_be_accepted_is_offered(project: Project) -> None:
    for asked in ({}, {"accept": ["overlap.group"]}):
        with pytest.raises(TaskError, match=r"`--accept` one of .*copies"):
            project.curate(**asked)  # type: ignore[arg-type]
    with pytest.raises(TaskError, match="suggests no new labels"):
        project.curate(accept=["copies=relabel"])
    with pytest.raises(TaskError, match="no known action"):
        project.curate(accept=["copies=burn"])


def test_a_changed_version_is_found(project: Project) -> None:
    version = project.curate(accept=["copies"])
    decisions = project._workspace.objects.path(version.chain[0].decisions)
    kept = decisions.read_bytes()
    decisions.chmod(0o644)
    decisions.write_bytes(kept + b" ")
    with pytest.raises(LedgerError, match="decisions of transform 1"):
        project.verify()


def test_customers_in_both_files_hold_the_run_until_they_are_curated(tmp_path: Path) -> None:
    """A training file and an official test file that share customers (R21)."""
    content = [
        (text, label, f"customer {place % 90}") for place, (text, label) in enumerate(rows())
    ]
    for name, part_of in (("train.csv", content[:400]), ("test.csv", content[400:])):
        frame = pl.DataFrame(part_of, ["text", "label", "customer"], orient="row")
        if name == "test.csv":
            frame = frame.with_columns(pl.col("customer").str.replace(r"customer (\d)$", "new $1"))
            frame = frame.with_columns(pl.col("customer").str.replace(r"customer [3-9]", "new 1"))
        frame.write_csv(tmp_path / name)
    project = Project.init(
        tmp_path / "task",
        data=tmp_path / "train.csv",
        test=tmp_path / "test.csv",
        goal=GOAL,
        columns={"group": "customer"},
    )
    project.split()
    blocked = {one.code for one in project.audit() if one.severity == "block"}
    assert blocked == {"overlap.group"}
    with pytest.raises(GateHolds, match=r"overlap\.group"):
        project.climb(rungs=["majority"])
    assert project.status()["next"].endswith("task --accept overlap.group")
    validation = part(project, "validation")
    project.curate(accept=["overlap.group"])
    assert part(project, "validation").equals(validation), "validation loses no row (C5)"
    shared = set(part(project, "train")["group"]) & set(part(project, "test")["group"])
    assert shared == set()
    (left,) = (one for one in project.audit() if one.code == "overlap.group")
    assert (left.severity, left.numbers["trained_on"]) == ("warn", 0)
    assert {row.split for row in left.rows} == {"validation"}
    assert all(one.severity != "block" for one in project.audit())
    assert project.climb(rungs=["majority"]).attempts


def test_the_command_says_what_it_did_and_traces_a_row(project: Project) -> None:
    run = CliRunner().invoke
    done = run(application, ["curate", "-C", str(project.folder), "--accept", "copies"])
    assert done.exit_code == 0 and "drop" in done.stdout and "(copies)" in done.stdout
    row = Project(project.folder).quarantined()[0]
    traced = run(application, ["curate", "-C", str(project.folder), "--trace", row.id, "--json"])
    way = json.loads(traced.stdout)
    assert (way["line"], way["part"], way["licence"]) == (row.line, "quarantine", None)
    assert way["changes"][0]["transform"]["origin"] == "copies"


def test_curated_is_compared_with_raw_on_the_same_rows(tmp_path: Path, encoder: str) -> None:
    """Every other refund is labelled `access`; the decisions put them right (R15)."""
    right = dict(rows())
    wrong = [
        (text, "access" if label == "refund" and place % 2 else label)
        for place, (text, label) in enumerate(rows())
    ]
    data = write(tmp_path / "requests.csv", wrong)
    project = Project.init(tmp_path / "task", data=data, goal=GOAL, models=[encoder])
    project.split()
    project.audit()
    with pytest.raises(TaskError, match="Nothing was curated"):
        project.compare_curation()
    decisions = [
        {"id": row, "action": "relabel", "label": right[text], "by": "Ada"}
        for name in ("train", "validation")
        for row, text, label in part(project, name).select("id", "input", "expected").iter_rows()
        if label != right[text]
    ]
    project.curate(decisions=decide(project, *decisions))
    project.audit()
    found = project.compare_curation()
    assert found.raw.data == project._workspace.state.split.division  # type: ignore[union-attr]
    assert found.comparison.rows == found.curated.goal.rows
    assert found.comparison.low > 0
    attempts = len(project.log("attempt"))
    assert Project(project.folder).compare_curation().comparison == found.comparison
    assert len(project.log("attempt")) == attempts
