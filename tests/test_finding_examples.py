"""`audit --show CODE`: rows of a finding in context, and nothing of the sealed part."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.small_task import GOAL, rows, write
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import TaskError
from rungwise.records import SUGGESTED, Finding, RowReference
from rungwise.workflow import finding_examples

EMAIL = "jane.roe@example.org"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A task in which every text ends with an address, and two rows are copies."""
    folder = tmp_path_factory.mktemp("shown")
    content = [(f"{text}, answer {EMAIL} soon", label) for text, label in rows()]
    data = write(folder / "a.csv", [*content, *content[:1]])
    made = Project.init(folder / "t", data=data, goal=GOAL)
    made.split()
    made.audit()
    return made


def test_a_value_is_shown_as_it_stands_with_what_is_around_it(project: Project) -> None:
    shown = project.finding_examples("personal.email", 4)
    assert len(shown) == 4
    for one in shown:
        assert one.value == EMAIL
        assert one.before.endswith(", answer ") and one.after == " soon"
        assert one.split in ("train", "validation"), "the test part stays unseen"
    assert shown == project.finding_examples("personal.email", 4), "the same rows each time"


def test_a_large_finding_is_drawn_from_as_a_whole(project: Project) -> None:
    workspace = project._workspace
    held = len(workspace.part("train")) + len(workspace.part("validation"))
    assert len(project.finding_examples("personal.email", 10_000)) == held > 100


def test_a_finding_without_values_shows_both_rows_redacted(project: Project) -> None:
    (one, *_) = project.finding_examples("copies")
    assert one.value == "" and one.before == one.beside
    assert "<EMAIL>" in one.before and EMAIL not in one.before


def test_a_code_that_nobody_found_is_one_line_with_those_that_are(project: Project) -> None:
    with pytest.raises(TaskError, match=r"'personal\.iban'.*personal\.email"):
        project.finding_examples("personal.iban")


def test_the_command_prints_them_and_everything_else_stays_redacted(project: Project) -> None:
    at = ["-C", str(project.folder)]
    told = CliRunner().invoke(
        application, ["audit", *at, "--show", "personal.email", "--limit", "2"]
    )
    assert told.exit_code == 0 and told.stdout.count(f"»{EMAIL}«") == 2
    machine = CliRunner().invoke(application, ["audit", *at, "--show", "personal.email", "--json"])
    assert [one["value"] for one in json.loads(machine.stdout)["examples"]] == [EMAIL] * 10
    assert EMAIL not in CliRunner().invoke(application, ["audit", *at]).stdout
    assert EMAIL.encode() not in (Path(project.folder) / ".rungwise" / "ledger.db").read_bytes()


def test_a_suggested_label_stands_beside_the_one_in_use(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = project._workspace.part("train").head(2)
    (first, label), (second, _) = train.select("id", "expected").iter_rows()
    rows = (RowReference(first, "train"), RowReference(second, "train"))
    finding = Finding(
        "mislabelled", "warn", "2 rows", "Look.", "R16", 2, rows, {SUGGESTED: {first: "parcel"}}
    )
    monkeypatch.setattr(finding_examples, "_finding", lambda workspace, code: finding)
    shown = {one.id: one for one in project.finding_examples("mislabelled")}
    assert (shown[first].label, shown[first].suggested) == (label, "parcel")
    other = train["expected"][1]
    assert (shown[second].label, shown[second].suggested) == (other, "")
    at = ["audit", "-C", str(project.folder), "--show", "mislabelled"]
    told = CliRunner().invoke(application, at).stdout
    assert told.count(f"    labelled {label}; suggested: parcel\n") == 1
    assert EMAIL not in told and "<EMAIL>" in told
